{{/* The datastores that fraud-detection calls, each as global.datastores says that it is provided. */}}
{{- define "fraud-detection.datastores" -}}
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
message-broker:
{{- $way := dig "message-broker" "provision" "" $given | default "builtin" }}
{{- if eq $way "builtin" }}
  host: message-broker
  port:
    redis: 6379
  url:
    redis: redis://message-broker:6379
  opens:
    - {port: 6379, protocol: TCP}
  pods:
    app.kubernetes.io/name: message-broker
    app.kubernetes.io/instance: {{ .Release.Name | quote }}
  secret:
    password: {name: message-broker-credentials, key: password}
{{- else if eq $way "operator" }}
  host: message-broker-leader
  port:
    redis: 6379
  url:
    redis: redis://message-broker-leader:6379
  opens:
    - {port: 6379, protocol: TCP}
  pods:
    cluster: message-broker
    redis_setup_type: cluster
  secret:
    password: {name: message-broker-credentials, key: password}
{{- else }}
{{- fail (printf "global.datastores.message-broker.provision is %q, and this chart carries builtin and operator" $way) }}
{{- end }}
{{- end }}
