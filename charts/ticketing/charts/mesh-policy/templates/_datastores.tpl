{{/* The hosts under which cache-layer is called. */}}
{{- define "mesh-policy.hosts.cache-layer" }}
{{- $store := index .Values.global.datastores "cache-layer" }}
{{- $dns := include "mesh-policy.dns" . }}
{{- if eq $store.provision "builtin" }}
        - ./cache-layer.{{ $dns }}
        - ./cache-layer-headless.{{ $dns }}
{{- else if eq $store.provision "operator" }}
        - ./cache-layer-follower.{{ $dns }}
        - ./cache-layer-follower-additional.{{ $dns }}
        - ./cache-layer-follower-headless.{{ $dns }}
        - ./cache-layer-leader.{{ $dns }}
        - ./cache-layer-leader-additional.{{ $dns }}
        - ./cache-layer-leader-headless.{{ $dns }}
{{- end }}
{{- end }}

{{/* The hosts under which database-cluster is called. */}}
{{- define "mesh-policy.hosts.database-cluster" }}
{{- $store := index .Values.global.datastores "database-cluster" }}
{{- $dns := include "mesh-policy.dns" . }}
{{- if eq $store.provision "builtin" }}
        - ./database-cluster.{{ $dns }}
        - ./database-cluster-headless.{{ $dns }}
{{- else if eq $store.provision "operator" }}
        - ./database-cluster-any.{{ $dns }}
        - ./database-cluster-r.{{ $dns }}
        - ./database-cluster-ro.{{ $dns }}
        - ./database-cluster-rw.{{ $dns }}
{{- end }}
{{- end }}

{{/* The hosts under which message-broker is called. */}}
{{- define "mesh-policy.hosts.message-broker" }}
{{- $store := index .Values.global.datastores "message-broker" }}
{{- $dns := include "mesh-policy.dns" . }}
{{- if eq $store.provision "builtin" }}
        - ./message-broker.{{ $dns }}
        - ./message-broker-headless.{{ $dns }}
{{- else if eq $store.provision "operator" }}
        - ./message-broker-follower.{{ $dns }}
        - ./message-broker-follower-additional.{{ $dns }}
        - ./message-broker-follower-headless.{{ $dns }}
        - ./message-broker-leader.{{ $dns }}
        - ./message-broker-leader-additional.{{ $dns }}
        - ./message-broker-leader-headless.{{ $dns }}
{{- end }}
{{- end }}
