"""Istio's and Kubernetes' rules of who may call whom: rendered manifests → decisions, and the proof. Pure."""
