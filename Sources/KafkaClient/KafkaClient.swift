// KafkaClient: see README.md, module map.
