"""Strings that YAML, Helm or Jinja could take for something else arrive in the objects as they were written."""

from __future__ import annotations

ENV = {
    "BRACES": "{{ .Values.image }}{{{ }}} {{- x -}} {{/* c */}}",
    "BRACKETS": "[[ x ]] [% if %] [# c #]",
    "DOLLAR": "${x} $(NOT_THERE) $$(ESCAPED)",
    "QUOTES": "\" ' ` \\ \\n",
    "LINES": "one\ntwo\r\nthree\n",
    "SPACE": "  both ends  ",
    "EMPTY": "",
    "UNICODE": "é ü 漢字 🎟 \u2028 \ufeff",
    "CONTROL": "bell \a escape \x1b back \b",
    "NUMBER": "1e3",
    "OCTAL": "0123",
    "SEXAGESIMAL": "12:30",
    "WORD": "no",
    "COMMENT": "a #b",
    "COLON": "a: b",
    "NO": "no",
    "FLAG": "{{ x }}",
}


def test_variables_and_settings(hostile):
    assert {var["name"]: var["value"] for var in container(hostile)["env"]} == ENV


def test_command_and_arguments(hostile):
    assert container(hostile)["command"] == ["{{ x }}", "[[ y ]]", "${z}", "", " ", "a\nb", "`", "yes", "1e3"]
    assert container(hostile)["args"] == ["{{ x }}", "-x", "!y", "&z", "*a", "?b", "%c", "@d"]


def test_config_files(hostile):
    assert hostile.get("ConfigMap", "target-files")["data"] == {
        "a.conf": "{{ .Values }}\n[[ x ]]\n${y}\n",
        "b.conf": "no newline",
        "c.conf": "\n\n  leading and trailing  \n\n\n",
        "d-e----x---.conf": "tab\there `tick`",
    }


def test_probe_path_lifecycle_and_init_container(hostile):
    path = '/{{.Release.Name}}/[[x]]?q=${x}&y="z"'
    assert container(hostile)["readinessProbe"]["httpGet"]["path"] == path
    command = container(hostile)["lifecycle"]["preStop"]["exec"]["command"]
    assert command == ["sh", "-c", "echo {{ x }} `date` [[ y ]]"]
    [first] = pod(hostile)["initContainers"]
    assert (first["args"], first["env"]) == (["{{ x }}"], [{"name": "A", "value": "{{ x }} [[ y ]]"}])


def test_annotations_and_patches(hostile):
    deployment = hostile.get("Deployment", "target")
    annotations = deployment["spec"]["template"]["metadata"]["annotations"]
    assert annotations["example.com/braces"] == "{{ x }} [[ y ]] ${z}"
    assert annotations["example.com/lines"] == "a\nb\n"
    assert deployment["metadata"]["annotations"] == {"example.com/patched": "{{ x }} ` [[ y ]] ${z}"}


def pod(hostile):
    return hostile.get("Deployment", "target")["spec"]["template"]["spec"]


def container(hostile):
    [found] = pod(hostile)["containers"]
    return found
