{{/* The datastores that ticket-service calls, each as global.datastores says that it is provided. */}}
{{- define "ticket-service.datastores" -}}
{{- $given := (.Values.global).datastores | default dict }}
database-cluster:
{{- $way := dig "database-cluster" "provision" "" $given | default "builtin" }}
{{- if eq $way "builtin" }}
  host: database-cluster
  port:
    postgres: 5432
  url:
    postgres: postgresql://database-cluster:5432
  opens:
    - {port: 5432, protocol: TCP}
  pods:
    app.kubernetes.io/name: database-cluster
    app.kubernetes.io/instance: {{ .Release.Name | quote }}
  secret:
    password: {name: database-cluster-credentials, key: password}
    username: {name: database-cluster-credentials, key: username}
{{- else if eq $way "operator" }}
  host: database-cluster-rw
  port:
    postgres: 5432
  url:
    postgres: postgresql://database-cluster-rw:5432
  opens:
    - {port: 5432, protocol: TCP}
  pods:
    cnpg.io/cluster: database-cluster
  secret:
    password: {name: database-cluster-app, key: password}
    username: {name: database-cluster-app, key: username}
{{- else }}
{{- fail (printf "global.datastores.database-cluster.provision is %q, and this chart carries builtin and operator" $way) }}
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
