#!/bin/sh
# The configuration's variables are read as configuration: in quotes, and with what means something in quotes escaped,
# every name and password stays the text that it is.
set -eu

quoted() { printf '"%s"' "$(printf %s "$1" | sed 's/[\\"]/\\&/g')"; }

if [ -n "${SECRET_PASSWORD:-}" ]; then
    LOGIN_NAME=$(quoted "$SECRET_USERNAME")
    LOGIN_WORD=$(quoted "$SECRET_PASSWORD")
    export LOGIN_NAME LOGIN_WORD
fi
exec nats-server --config "$CONFIG"
