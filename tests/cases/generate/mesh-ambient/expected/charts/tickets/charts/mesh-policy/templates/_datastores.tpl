{{/* The hosts under which cache is called. */}}
{{- define "mesh-policy.hosts.cache" }}
{{- $store := index .Values.global.datastores "cache" }}
{{- $dns := include "mesh-policy.dns" . }}
{{- if eq $store.provision "builtin" }}
        - ./cache.{{ $dns }}
        - ./cache-headless.{{ $dns }}
{{- else if eq $store.provision "operator" }}
        - ./cache-follower.{{ $dns }}
        - ./cache-follower-additional.{{ $dns }}
        - ./cache-follower-headless.{{ $dns }}
        - ./cache-leader.{{ $dns }}
        - ./cache-leader-additional.{{ $dns }}
        - ./cache-leader-headless.{{ $dns }}
{{- end }}
{{- end }}

{{/* The hosts under which users-db is called. */}}
{{- define "mesh-policy.hosts.users-db" }}
{{- $store := index .Values.global.datastores "users-db" }}
{{- $dns := include "mesh-policy.dns" . }}
{{- if eq $store.provision "builtin" }}
        - ./users-db.{{ $dns }}
        - ./users-db-headless.{{ $dns }}
{{- else if eq $store.provision "operator" }}
        - ./users-db-any.{{ $dns }}
        - ./users-db-r.{{ $dns }}
        - ./users-db-ro.{{ $dns }}
        - ./users-db-rw.{{ $dns }}
{{- end }}
{{- end }}
