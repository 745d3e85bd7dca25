{{/* The platform's namespace. */}}
{{- define "mesh-policy.namespace" -}}
{{- .Values.global.mesh.namespace | default .Release.Namespace }}
{{- end }}

{{/* What follows the name in an object's metadata; the object itself adds whose it is. */}}
{{- define "mesh-policy.metadata" }}
{{- with .Values.global.mesh.namespace }}
  namespace: {{ . | quote }}
{{- end }}
  labels:
    app.kubernetes.io/instance: {{ .Release.Name | quote }}
    app.kubernetes.io/component: mesh-policy
    app.kubernetes.io/part-of: shop
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

{{/* What follows the name of a Service in its whole name. Kubernetes' own domain is taken for granted. */}}
{{- define "mesh-policy.dns" -}}
{{- include "mesh-policy.namespace" . }}.svc.cluster.local
{{- end }}

{{/* The door's account. */}}
{{- define "mesh-policy.ingress" -}}
{{- $door := .Values.global.mesh.ingress }}
{{- $namespace := $door.namespace | default (include "mesh-policy.namespace" .) }}
{{- include "mesh-policy.accounts" (list . $namespace) }}{{ $door.serviceAccount }}
{{- end }}

{{/* The monitoring's account. */}}
{{- define "mesh-policy.scraper" -}}
{{- $scraper := .Values.global.mesh.scraper }}
{{- include "mesh-policy.accounts" (list . $scraper.namespace) }}{{ $scraper.serviceAccount }}
{{- end }}
