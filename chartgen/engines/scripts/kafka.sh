#!/bin/sh
# Adds what is this pod's own to the configuration, prepares an empty disk (with the user of the Secret, if there is one:
# a later password is the administrator's to set), and becomes the broker.
set -eu

number=${POD_NAME##*-}
{
    cat /etc/chartgen/server.properties
    echo "node.id=$number"
    echo "listeners=CLIENT://:9092,PEERS://:9094,CONTROLLER://:9093"
    echo "advertised.listeners=CLIENT://$POD_NAME.$HEADLESS:9092,PEERS://$POD_NAME.$HEADLESS:9094"
} >/tmp/server.properties

set -- --ignore-formatted --cluster-id "$CLUSTER_ID" --config /tmp/server.properties
if [ -n "${SECRET_PASSWORD:-}" ]; then
    case $SECRET_USERNAME$SECRET_PASSWORD in
    *,*)
        echo "the username and the password of Kafka's Secret cannot hold a comma: its tool for users cuts there" >&2
        exit 1
        ;;
    esac
    set -- "$@" --add-scram "SCRAM-SHA-512=[name=\"$SECRET_USERNAME\",password=\"$SECRET_PASSWORD\"]"
fi
/opt/kafka/bin/kafka-storage.sh format "$@"
exec /opt/kafka/bin/kafka-server-start.sh /tmp/server.properties
