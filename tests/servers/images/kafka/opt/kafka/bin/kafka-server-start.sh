#!/bin/sh
# Stands in for the script of Kafka's archive, which Maven does not have: the same class, the same
# variables; and a JVM that is quick to start.
exec java -XX:TieredStopAtLevel=1 ${KAFKA_HEAP_OPTS:-} ${KAFKA_LOG4J_OPTS:-} -cp '/opt/kafka/libs/*' kafka.Kafka "$@"
