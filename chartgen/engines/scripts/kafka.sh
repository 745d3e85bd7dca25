#!/bin/sh
# Adds what is this pod's own to the configuration, prepares an empty disk, and becomes the broker.
set -eu

number=${POD_NAME##*-}
home=${KAFKA_HOME:-/opt/kafka}
{
    cat /etc/chartgen/server.properties
    echo "node.id=$number"
    echo "listeners=CLIENT://${BIND:-}:9092,CONTROLLER://${BIND:-}:9093" # BIND: the address to listen on, in place of all
    echo "advertised.listeners=CLIENT://$POD_NAME.$HEADLESS:9092"
} >/tmp/server.properties

"$home/bin/kafka-storage.sh" format --ignore-formatted --cluster-id "$CLUSTER_ID" --config /tmp/server.properties
exec "$home/bin/kafka-server-start.sh" /tmp/server.properties
