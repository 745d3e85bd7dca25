{{/* Labels that identify the pods. They never change during the life of a release. */}}
{{- define "migrate.selectorLabels" -}}
app.kubernetes.io/name: migrate
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Labels on everything but the pods. */}}
{{- define "migrate.labels" -}}
{{ include "migrate.selectorLabels" . }}
app.kubernetes.io/component: migrate
app.kubernetes.io/part-of: tickets
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* An image, its own host replaced by .registry where that is set. */}}
{{- define "migrate.from" -}}
{{- if .registry }}{{ .registry }}/{{ regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" .image "" }}{{ else }}{{ .image }}{{ end }}
{{- end }}

{{/* The image: repository@digest, or :tag, from image.registry or global.imageRegistry where one is set. */}}
{{- define "migrate.image" -}}
{{- $registry := .Values.image.registry | default ((.Values.global).imageRegistry) }}
{{- include "migrate.from" (dict "registry" $registry "image" .Values.image.repository) }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{/* The pods. The Job's name carries a hash of this, because a Job's template cannot change. */}}
{{- define "migrate.podTemplate" -}}
metadata:
  {{- with .Values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  labels:
    {{- include "migrate.selectorLabels" . | nindent 4 }}
    app.kubernetes.io/component: migrate
    app.kubernetes.io/part-of: tickets
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: migrate
  automountServiceAccountToken: false
  {{- with ((.Values.global).imagePullSecrets) }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . | quote }}
    {{- end }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . | quote }}
  {{- end }}
  restartPolicy: Never
  terminationGracePeriodSeconds: 30
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: migrate
      image: {{ include "migrate.image" . }}
      imagePullPolicy: {{ .Values.image.pullPolicy | default (ternary "IfNotPresent" "Always" (not (empty .Values.image.digest))) }}
      {{- $env := .Values.env }}
      {{- with .Values.settings }}
      {{- $env = mergeOverwrite (dict) $env . }}
      {{- end }}
      {{- with $env }}
      env:
        {{- range $name, $value := . }}
        - name: {{ $name | quote }}
          {{- if kindIs "map" $value }}
          valueFrom:
            {{- toYaml $value | nindent 12 }}
          {{- else }}
          value: {{ $value | quote }}
          {{- end }}
        {{- end }}
      {{- end }}
      {{- with .Values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop:
            - ALL
      volumeMounts:
        - name: tmp
          mountPath: /tmp
  volumes:
    - name: tmp
      emptyDir: {}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
