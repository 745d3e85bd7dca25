#!/bin/sh
# One pod of a cluster that forms itself. Every pod does its own part, again and again, from what the cluster says just
# then: it meets the pods that it does not see where they are now, takes its part of the slots where nobody has them,
# and copies the one that has them otherwise. So it does not matter in which order pods come, go and change address.
# "ready" as the only argument asks whether this pod has its place.
set -u

part=$((${POD_NAME##*-} % CLUSTER_MASTERS))
first=$((part * 16384 / CLUSTER_MASTERS))
last=$(((part + 1) * 16384 / CLUSTER_MASTERS - 1))

self() { timeout 5 "$CLIENT" -e "$@" 2>/dev/null; }

main() {
    if [ "${1:-}" = ready ]; then
        self cluster info | grep -q '^cluster_state:ok' && ! self info replication | grep -q '^master_link_status:down'
        return
    fi
    repeat &
    serve
}

# Often in the first minute, when a pod looks for its place, and now and then for as long as it lives.
repeat() {
    round=0
    while sleep $((round < 60 ? 1 : 5)); do
        join
        round=$((round + 1))
    done
}

# The password stands on no command line. Six tenths of the container's memory are for data.
serve() {
    if [ -n "${REDISCLI_AUTH:-}" ]; then
        password=\"$(printf %s "$REDISCLI_AUTH" | sed 's/[\\"]/\\&/g')\"
    fi
    exec "$SERVER" - <<CONFIG
protected-mode no
dir /data
appendonly yes
maxmemory $((MEMORY_LIMIT / 10 * 6))
maxmemory-policy $WHEN_FULL
cluster-enabled yes
cluster-config-file nodes.conf
cluster-node-timeout 5000
cluster-announce-ip $POD_IP
cluster-announce-hostname $POD_NAME.$HEADLESS
cluster-preferred-endpoint-type hostname
repl-diskless-sync-delay 0
${password:+requirepass $password}
${password:+masterauth $password}
CONFIG
}

join() {
    nodes=$(self cluster nodes) || return 0
    for pod in $CLUSTER_PODS; do
        [ "$pod" = "$POD_NAME.$HEADLESS" ] || meet "$pod"
    done
    forget
    take
}

# A pod that has another address than this one knows, or none yet.
meet() {
    answer=$(printf 'cluster myid\nconfig get cluster-announce-ip\n' | timeout 5 "$CLIENT" -h "$1" 2>/dev/null) || return 0
    set -- $answer
    [ "$#" = 3 ] || return 0
    echo "$nodes" | grep -F "$1 $3:" | grep -q ' connected' || self cluster meet "$3" 6379 >/dev/null
}

# A pod that lost its disk comes back as another node of the same name; the one that it was never will. To the new one
# the old has no name, and nothing is left to it.
forget() {
    echo "$nodes" | awk '{ split($2, at, ","); name = at[2] }
        $3 ~ /fail(,|$)/ { if (name != "" || NF == 8) gone[$1] = name; next }
        $8 == "connected" { here[name] = 1 }
        END { for (id in gone) if (gone[id] == "" || gone[id] in here) print id }' |
        while read -r id; do self cluster forget "$id" >/dev/null; done
}

# A place for a pod that has none: a master without slots.
take() {
    echo "$nodes" | grep -q 'myself,master.* connected$' || return 0
    owner=$(echo "$nodes" | awk -v slot="$first" '{
        for (i = 9; i <= NF; i++) {
            count = split($i, ends, "-")
            if ($i !~ /^\[/ && ends[1] + 0 <= slot && slot <= ends[count] + 0) print $1, $3
        }
    }')
    case $owner in
    *fail*) ;;
    '') if everybody_known && [ "$part" = "${POD_NAME##*-}" ]; then self cluster addslotsrange "$first" "$last" >/dev/null; fi ;;
    *) self cluster replicate "${owner%% *}" >/dev/null ;;
    esac
}

# Each has answered, and so has told of its slots.
everybody_known() {
    heard=$(echo "$nodes" | awk '$3 ~ /myself/ || ($8 == "connected" && $6 > 0 && $3 !~ /handshake|fail/)' | wc -l)
    set -- $CLUSTER_PODS
    [ "$heard" -ge "$#" ]
}

main "$@"
