{{/* The hosts under which bus is called. */}}
{{- define "mesh-policy.hosts.bus" }}
{{- $store := index .Values.global.datastores "bus" }}
{{- $dns := include "mesh-policy.dns" . }}
{{- if eq $store.provision "builtin" }}
        - ./bus.{{ $dns }}
        - ./bus-headless.{{ $dns }}
{{- else if eq $store.provision "operator" }}
        - ./bus-kafka-bootstrap.{{ $dns }}
        - ./bus-kafka-brokers.{{ $dns }}
{{- end }}
{{- end }}

{{/* The hosts under which orders-db is called. */}}
{{- define "mesh-policy.hosts.orders-db" }}
{{- $store := index .Values.global.datastores "orders-db" }}
{{- $dns := include "mesh-policy.dns" . }}
{{- if eq $store.provision "builtin" }}
        - ./orders-db.{{ $dns }}
        - ./orders-db-headless.{{ $dns }}
{{- else if eq $store.provision "operator" }}
        - ./orders-db-any.{{ $dns }}
        - ./orders-db-r.{{ $dns }}
        - ./orders-db-ro.{{ $dns }}
        - ./orders-db-rw.{{ $dns }}
{{- else if $store.host }}
        - ./orders-db.{{ $dns }}
        {{- $host := include "mesh-policy.outside" (list "orders-db" $store.host) }}
        - {{ printf "%s/%s" (ternary "*" "." (hasSuffix ".svc.cluster.local" $host)) $host | quote }}
{{- end }}
{{- end }}

{{/* The hosts under which sessions is called. */}}
{{- define "mesh-policy.hosts.sessions" }}
{{- $store := index .Values.global.datastores "sessions" }}
{{- $dns := include "mesh-policy.dns" . }}
{{- if eq $store.provision "builtin" }}
        - ./sessions.{{ $dns }}
        - ./sessions-headless.{{ $dns }}
{{- else if eq $store.provision "operator" }}
        - ./sessions.{{ $dns }}
        - ./sessions-additional.{{ $dns }}
        - ./sessions-headless.{{ $dns }}
{{- end }}
{{- end }}

{{/* The host by which the mesh knows a datastore outside. An address has none, and gets one. */}}
{{- define "mesh-policy.outside" -}}
{{- $host := index . 1 }}
{{- if hasSuffix ".svc" $host }}{{ $host }}.cluster.local
{{- else if regexMatch "^[0-9.]+$|:" $host }}{{ index . 0 }}.external
{{- else }}{{ $host }}
{{- end }}
{{- end }}
