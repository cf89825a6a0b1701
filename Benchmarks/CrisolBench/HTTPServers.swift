// What scripts/bench-http loads with wrk (the storage API with one answer in its cache, and the least that swift-nio can
// do), and what scripts/fuzz-http puts its questions to.

import Foundation
import HTTPServer
import KafkaClient
import Live
import Scenarios
import Storage
import Workload
// swift-nio 2.31 is older than Swift's concurrency checks.
@preconcurrency import NIO
@preconcurrency import NIOHTTP1

/// The storage API of a whole pipeline in this process. Prints its port when `question` is in the cache, and serves
/// until standard input ends.
func serveStorageAPI(scenario path: String, question: String) throws {
    let pipeline = try ServedPipeline(scenario: path)
    defer { pipeline.stop() }
    let client = Client(port: pipeline.port)
    let body = Array("{\"question\":\(JSONText.quoted(question))}".utf8)
    for _ in 0..<10_000 {
        let answered = DispatchSemaphore(value: 0)
        nonisolated(unsafe) var status = 0  // written before the signal, read after it
        client.send("POST", "/query", headers: [("Content-Type", "application/json")], body: body) { exchange in
            status = (try? exchange.result.get())?.status ?? 0
            answered.signal()
        }
        answered.wait()
        if status == 200 { break }
        usleep(5000)
    }
    client.close()
    serveUntilInputEnds(pipeline.port)
}

/// The interface of a scenario's judge, which decides for a Flink job. Prints its port, and serves until standard input
/// ends.
func serveJudge(scenario path: String) throws {
    let scenario = try ScenarioFile.load(path: path, overrides: ["pipeline.judge.engine=flink"], seed: nil, repeats: nil).scenario
    // It meets no broker, and no store.
    var configuration = ServiceProcess.Configuration(
        service: .judge, scenario: scenario, bootstrapServers: "", profile: .kafka, store: .sqlite(path: "none"), groupPrefix: "")
    configuration.log = Log(level: .error)
    let judge = try ServiceProcess(configuration, clock: LiveClock(scale: 1), report: nil)
    defer { judge.stop() }
    serveUntilInputEnds(judge.port!)
}

/// A server with swift-nio's own HTTP handlers that answers "ok" to whatever it is asked. Prints its port, and serves
/// until standard input ends.
func serveBareNIO() throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let listener = try ServerBootstrap(group: group)
        .serverChannelOption(ChannelOptions.backlog, value: 1024)
        .childChannelOption(ChannelOptions.socket(SocketOptionLevel(IPPROTO_TCP), TCP_NODELAY), value: 1)
        .childChannelInitializer { channel in
            channel.pipeline.configureHTTPServerPipeline(withErrorHandling: true).flatMap { channel.pipeline.addHandler(OK()) }
        }
        .bind(host: "127.0.0.1", port: 0).wait()
    serveUntilInputEnds(listener.localAddress!.port!)
}

private func serveUntilInputEnds(_ port: Int) {
    FileHandle.standardOutput.write(Data("\(port)\n".utf8))
    while readLine() != nil {}
}

private final class OK: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Length": "2"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(string: "ok")))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
