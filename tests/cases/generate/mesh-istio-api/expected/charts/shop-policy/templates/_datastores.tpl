{{/* The hosts under which cache is called. */}}
{{- define "mesh-policy.hosts.cache" }}
{{- $dns := include "mesh-policy.dns" . }}
        - ./cache.{{ $dns }}
        - ./cache-headless.{{ $dns }}
{{- end }}
