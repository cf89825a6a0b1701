// librdkafka's mock broker leaves Nagle's algorithm on for the sockets that it accepts, so that a
// second small reply waits for the client's delayed acknowledgement (40 ms). It has no option for it.
// An executable's own `accept` takes precedence over libc's: this one sets TCP_NODELAY.
#define _GNU_SOURCE
#include "CNoDelay.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

int accept(int listener, struct sockaddr *restrict address, socklen_t *restrict length) {
    int connection = accept4(listener, address, length, 0);
    if (connection >= 0) {
        int on = 1;
        // Fails harmlessly on sockets that are not TCP.
        (void)setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    return connection;
}

int crisol_no_delay_linked(void) { return 1; }
