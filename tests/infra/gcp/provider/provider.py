"""A stand-in for Terraform's google provider that knows its schema and nothing else, for machines without its registry.

With it Terraform itself checks every name, type, block and reference, and `terraform test` plans with mocked values. It
plans and applies nothing. What only the real provider knows it can't see: allowed values, conflicts, defaults.
google.schema.json.gz is the schema of google provider 8.7.0, taken from the package cdktn-provider-google 21.1.0.
"""

import gzip
import json
from pathlib import Path

import grpc
import tf.provider
import tf.runner
from tf.gen import tfplugin_pb2 as pb

SCHEMA = json.loads(gzip.decompress((Path(__file__).parent / "google.schema.json.gz").read_bytes()))
SCHEMA["provider"]["attributes"]["default_labels"]["type"] = ["map", "string"]  # the package gives all of these as text
NESTING = {"single": 1, "list": 2, "set": 3}
REFUSAL = "This is a stand-in for the google provider that knows its schema only"


def schema_of(spec):
    return pb.Schema(version=0, block=block_of(spec))


def block_of(spec):
    nested = [
        pb.Schema.NestedBlock(
            type_name=name,
            block=block_of(block["block"]),
            nesting=NESTING[block["nesting"]],
            min_items=block.get("min_items", 0),
            max_items=block.get("max_items", 0),
        )
        for name, block in spec["block_types"].items()
    ]
    return pb.Schema.Block(attributes=[attribute_of(*item) for item in spec["attributes"].items()], block_types=nested)


def attribute_of(name, spec):
    flags = {flag: spec.get(flag, False) for flag in ("required", "optional", "computed")}
    return pb.Schema.Attribute(name=name, type=json.dumps(spec["type"]).encode(), **flags)


class SchemaOnly:
    """Answers what `validate` and mocked runs ask; refuses everything else."""

    def __init__(self, _provider=None):
        pass

    def GetMetadata(self, _request, _context):  # noqa: N802 - names of the protocol
        answer = pb.GetMetadata
        return answer.Response(
            server_capabilities=pb.ServerCapabilities(),
            resources=[answer.ResourceMetadata(type_name=name) for name in SCHEMA["resources"]],
            data_sources=[answer.DataSourceMetadata(type_name=name) for name in SCHEMA["data"]],
        )

    def GetProviderSchema(self, _request, _context):  # noqa: N802
        return pb.GetProviderSchema.Response(
            provider=schema_of(SCHEMA["provider"]),
            resource_schemas={name: schema_of(spec) for name, spec in SCHEMA["resources"].items()},
            data_source_schemas={name: schema_of(spec) for name, spec in SCHEMA["data"].items()},
        )

    def ValidateProviderConfig(self, _request, _context):  # noqa: N802
        return pb.ValidateProviderConfig.Response()

    def ValidateResourceConfig(self, _request, _context):  # noqa: N802
        return pb.ValidateResourceConfig.Response()

    def ValidateDataResourceConfig(self, _request, _context):  # noqa: N802
        return pb.ValidateDataResourceConfig.Response()

    def ConfigureProvider(self, _request, _context):  # noqa: N802
        return pb.ConfigureProvider.Response(diagnostics=[pb.Diagnostic(severity=1, summary=REFUSAL)])

    def StopProvider(self, _request, _context):  # noqa: N802
        return pb.StopProvider.Response()

    def __getattr__(self, name):
        def refuse(_request, context):
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{name}: {REFUSAL}")

        return refuse


class Google:
    def full_name(self):
        return "registry.terraform.io/hashicorp/google"


if __name__ == "__main__":
    tf.provider.ProviderServicer = SchemaOnly
    tf.runner.run_provider(Google())
