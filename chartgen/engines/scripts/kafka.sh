#!/bin/sh
# Adds what is this pod's own to the configuration, prepares an empty disk, and becomes the broker.
set -eu

number=${POD_NAME##*-}
{
    cat /etc/chartgen/server.properties
    echo "node.id=$number"
    echo "listeners=CLIENT://:9092,CONTROLLER://:9093"
    echo "advertised.listeners=CLIENT://$POD_NAME.$HEADLESS:9092"
} >/tmp/server.properties

/opt/kafka/bin/kafka-storage.sh format --ignore-formatted --cluster-id "$CLUSTER_ID" --config /tmp/server.properties
exec /opt/kafka/bin/kafka-server-start.sh /tmp/server.properties
