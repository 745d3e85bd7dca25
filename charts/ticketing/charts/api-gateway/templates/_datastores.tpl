{{/* The datastores that api-gateway calls, each as global.datastores says that it is provided. */}}
{{- define "api-gateway.datastores" -}}
{{- $given := (.Values.global).datastores | default dict }}
cache-layer:
{{- $way := dig "cache-layer" "provision" "" $given | default "builtin" }}
{{- if eq $way "builtin" }}
  host: cache-layer
  port:
    redis: 6379
  url:
    redis: redis://cache-layer:6379
  opens:
    - {port: 6379, protocol: TCP}
  pods:
    app.kubernetes.io/name: cache-layer
    app.kubernetes.io/instance: {{ .Release.Name | quote }}
  secret:
    password: {name: cache-layer-credentials, key: password}
{{- else if eq $way "operator" }}
  host: cache-layer-leader
  port:
    redis: 6379
  url:
    redis: redis://cache-layer-leader:6379
  opens:
    - {port: 6379, protocol: TCP}
  pods:
    cluster: cache-layer
    redis_setup_type: cluster
  secret:
    password: {name: cache-layer-credentials, key: password}
{{- else }}
{{- fail (printf "global.datastores.cache-layer.provision is %q, and this chart carries builtin and operator" $way) }}
{{- end }}
{{- end }}
