{{/* The platform's namespace. */}}
{{- define "mesh-policy.namespace" -}}
{{- .Values.global.mesh.namespace | default .Release.Namespace }}
{{- end }}

{{/* What follows the name in an object's metadata; the object itself adds whose it is. */}}
{{- define "mesh-policy.metadata" }}
{{- with .Values.global.mesh.namespace }}
  namespace: {{ . }}
{{- end }}
  labels:
    app.kubernetes.io/instance: {{ .Release.Name | quote }}
    app.kubernetes.io/component: mesh-policy
    app.kubernetes.io/part-of: ticketing
    app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
    app.kubernetes.io/managed-by: {{ .Release.Service }}
    helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* What stands before an account of that namespace, as global.mesh.identity wants callers to be named. */}}
{{- define "mesh-policy.accounts" -}}
{{- $mesh := (index . 0).Values.global.mesh }}
{{- if eq $mesh.identity "principals" }}{{ $mesh.trustDomain }}/ns/{{ index . 1 }}/sa/{{ else }}{{ index . 1 }}/{{ end }}
{{- end }}

{{/* Accounts of the platform itself. */}}
{{- define "mesh-policy.own" -}}
{{- include "mesh-policy.accounts" (list . (include "mesh-policy.namespace" .)) }}
{{- end }}

{{/* The door's account. */}}
{{- define "mesh-policy.ingress" -}}
{{- $door := .Values.global.mesh.ingress }}
{{- $namespace := $door.namespace | default (include "mesh-policy.namespace" .) }}
{{- include "mesh-policy.accounts" (list . $namespace) }}{{ $door.serviceAccount }}
{{- end }}
