{{/* The datastores that orders calls, each as global.datastores says that it is provided. */}}
{{- define "orders.datastores" -}}
{{- $given := (.Values.global).datastores | default dict }}
bus:
{{- $way := dig "bus" "provision" "" $given | default "builtin" }}
{{- if eq $way "builtin" }}
  host: bus
  opens:
    - {port: 9092, protocol: TCP}
  pods:
    app.kubernetes.io/name: bus
    app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- else if eq $way "operator" }}
  host: bus-kafka-bootstrap
  opens:
    - {port: 9092, protocol: TCP}
  pods:
    strimzi.io/cluster: bus
{{- else }}
{{- fail (printf "global.datastores.bus.provision is %q, and this chart carries builtin and operator" $way) }}
{{- end }}
cache:
{{- $way := dig "cache" "provision" "" $given | default "builtin" }}
{{- if eq $way "builtin" }}
  host: cache
  port:
    redis: 6379
  url:
    redis: redis://cache:6379
  opens:
    - {port: 6379, protocol: TCP}
  pods:
    app.kubernetes.io/name: cache
    app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- else if eq $way "external" }}
{{- $host := dig "cache" "host" "" $given | default "" }}
{{- $port := dig "cache" "port" 0 $given | default 6379 | int }}
  host: {{ $host | quote }}
{{- if or (contains ":" $host) (regexMatch `^[0-9.]+$` $host) }}
  network: {{ printf "%s/%d" $host (ternary 128 32 (contains ":" $host)) | quote }}
{{- end }}
{{- $name := ternary (print "[" $host "]") $host (contains ":" $host) }}
  port:
    redis: {{ $port }}
  url:
    redis: {{ printf "redis://%s:%d" $name $port | quote }}
  opens:
    - {port: {{ $port }}, protocol: TCP}
{{- else }}
{{- fail (printf "global.datastores.cache.provision is %q, and this chart carries builtin and external" $way) }}
{{- end }}
ledger:
{{- $host := dig "ledger" "host" "" $given | default "ledger.example.com" }}
{{- $port := dig "ledger" "port" 0 $given | default 3306 | int }}
  host: {{ $host | quote }}
{{- if or (contains ":" $host) (regexMatch `^[0-9.]+$` $host) }}
  network: {{ printf "%s/%d" $host (ternary 128 32 (contains ":" $host)) | quote }}
{{- end }}
  opens:
    - {port: {{ $port }}, protocol: TCP}
  secret:
    password: {name: ledger-login, key: password}
orders-db:
{{- $way := dig "orders-db" "provision" "" $given | default "builtin" }}
{{- if eq $way "builtin" }}
  host: orders-db
  port:
    postgres: 5432
  url:
    postgres: postgresql://orders-db:5432
  opens:
    - {port: 5432, protocol: TCP}
  pods:
    app.kubernetes.io/name: orders-db
    app.kubernetes.io/instance: {{ .Release.Name | quote }}
  secret:
    password: {name: orders-db-credentials, key: password}
    username: {name: orders-db-credentials, key: username}
{{- else if eq $way "operator" }}
  host: orders-db-rw
  port:
    postgres: 5432
  url:
    postgres: postgresql://orders-db-rw:5432
  opens:
    - {port: 5432, protocol: TCP}
  pods:
    cnpg.io/cluster: orders-db
  secret:
    password: {name: orders-db-app, key: password}
    username: {name: orders-db-app, key: username}
{{- else if eq $way "external" }}
{{- $host := dig "orders-db" "host" "" $given | default "" }}
{{- $port := dig "orders-db" "port" 0 $given | default 6432 | int }}
  host: {{ $host | quote }}
{{- if or (contains ":" $host) (regexMatch `^[0-9.]+$` $host) }}
  network: {{ printf "%s/%d" $host (ternary 128 32 (contains ":" $host)) | quote }}
{{- end }}
{{- $name := ternary (print "[" $host "]") $host (contains ":" $host) }}
  port:
    postgres: {{ $port }}
  url:
    postgres: {{ printf "postgresql://%s:%d" $name $port | quote }}
  opens:
    - {port: {{ $port }}, protocol: TCP}
  secret:
    password: {name: orders-db-credentials, key: password}
    username: {name: orders-db-credentials, key: username}
{{- else }}
{{- fail (printf "global.datastores.orders-db.provision is %q, and this chart carries builtin and operator and external" $way) }}
{{- end }}
{{- end }}
