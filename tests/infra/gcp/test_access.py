"""The archive that Terraform uploads, run with the environment and under the permissions that Terraform gives it."""

import json
import subprocess
import sys
from contextlib import contextmanager

import pytest

from support.cloud_function import logged, post
from support.emulators import gcs_server
from support.entrypoints import ROOT, load
from support.exports import manifest
from support.faulty_proxy import faulty_proxy
from support.gcp_archive import RUNTIME, built, interpreter, running
from support.gcs_access import Gate, Grants, holds, needed
from support.samples import event, ndjson
from support.terraform_offline import Terraform

PUSH = json.loads((ROOT / "tests/functions/events/pubsub_push.json").read_text())
HACKLE = {  # what the documentation of its Data Import asks for on Cloud Storage
    "storage.buckets.get",
    "storage.objects.get",
    "storage.objects.create",
    "storage.objects.delete",
    "storage.objects.list",
}
BUCKETS = {"staging": "my-project-hackle-staging-dev", "import": "my-project-hackle-import-dev"}
MAPPING = b"max_reject_ratio = 0.5\n"
GOOD, BAD = event(1), event(2, ts="bad")
PART = "exports/shop/2025-01-02/0001/part-0.ndjson"
EVERY_WAY = [  # between them they make the function do all that it ever does in a bucket
    ("hackle/a.ndjson", ndjson(GOOD, BAD)),
    ("hackle/a.ndjson", None),  # delivered twice
    ("hackle/a.ndjson", ndjson(GOOD, event(3), BAD)),  # replaced
    ("strict/b.ndjson", ndjson(BAD, BAD)),  # withheld by a mapping
    ("unknown/c.ndjson", ndjson(GOOD)),  # looks which mappings there are
    ("hackle/gone.ndjson", None),
    ("hackle/2025-01-02.export.json", manifest([{"key": PART, "size": len(ndjson(GOOD))}], 1)),
]


@pytest.fixture(scope="module")
def applied(tmp_path_factory):
    return Terraform(tmp_path_factory.mktemp("applied")).applied()


@pytest.fixture(scope="module")
def runtime(applied):
    return Grants(applied, applied.resources("google_service_account", "main")["run"])


def handled(url, bucket, name):
    """The status that the function answers to a push of Pub/Sub."""
    attributes = PUSH["message"]["attributes"] | {"bucketId": bucket, "objectId": name}
    return post(url, None, PUSH | {"message": PUSH["message"] | {"attributes": attributes}})


def receipts(log):
    return [line["receipt"] for line in logged(log, "receipt")]


@pytest.fixture(scope="module")
def buckets():
    """A client of an emulator that holds both buckets, its address, and a mapping of the user's."""
    from google.cloud import storage

    with gcs_server() as emulator:
        client = storage.Client("test", client_options={"api_endpoint": emulator}, use_auth_w_custom_endpoint=False)
        for name in BUCKETS.values():
            client.create_bucket(name)
        client.bucket(BUCKETS["staging"]).blob("mappings/strict.toml").upload_from_string(MAPPING)
        client.bucket(BUCKETS["staging"]).blob(PART).upload_from_string(ndjson(GOOD))
        yield client, emulator


@contextmanager
def deployed(deployment, buckets, gate, environment, log):
    """Drops a body, if there is one, under a name and says what the function answers; `gate` lies before the storage."""
    client, emulator = buckets
    staging = client.bucket(BUCKETS["staging"])

    def drop(name, body):
        if body is not None:
            staging.blob(f"incoming/{name}").upload_from_string(body)
        return handled(url, staging.name, f"incoming/{name}")

    with (
        faulty_proxy(emulator, gate) as guarded,
        running(deployment, environment | {"STORAGE_EMULATOR_HOST": guarded}, log) as url,
    ):
        yield drop


@pytest.fixture(scope="module")
def played(applied, deployment, buckets, runtime, tmp_path_factory):
    """The gate after the function has done all that it does, its log, and the files that it made."""
    gate, log = Gate(runtime), tmp_path_factory.mktemp("log") / "log"
    with deployed(deployment, buckets, gate, applied.environment, log) as drop:
        for name, body in EVERY_WAY:
            assert drop(name, body) == 200, name
    return gate, log, [blob.name for blob in buckets[0].list_blobs(BUCKETS["import"])]


def test_the_deployed_archive_handles_pushed_events_within_its_role(played):
    gate, log, files = played
    assert gate.refused == []
    told = receipts(log)
    outcomes = ["written", "skipped", "written", "withheld", "failed", "gone", "written"]
    assert [receipt["outcome"] for receipt in told] == outcomes
    assert told[0]["decoder"] == "native"
    assert [name.split("/")[:2] for name in files] == [["hackle", "2025-01-02"]] * 2


def test_every_permission_is_used_on_every_folder(played, runtime):
    gate, *_ = played
    # That one makes Cloud Storage say "not found" of a file that Hackle deleted; the emulator always does.
    listing = ("storage.objects.list", f"projects/_/buckets/{BUCKETS['import']}", "")
    assert runtime.triples - gate.used == {listing}


def test_what_the_role_does_not_allow_is_refused_and_delivered_again(applied, deployment, buckets, runtime, tmp_path):
    gate, moved = Gate(runtime), applied.environment | {"HACKLE_IMPORT": f"gs://{BUCKETS['import']}/elsewhere"}
    with deployed(deployment, buckets, gate, moved, tmp_path / "log") as drop:
        assert drop("hackle/d.ndjson", ndjson(GOOD)) == 500
    [(permission, resource)] = set(gate.refused)
    assert permission == "storage.objects.create"
    assert resource.startswith(f"projects/_/buckets/{BUCKETS['import']}/objects/elsewhere/")
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines() if line.startswith("{")]
    assert [(line["severity"], line["reason"]) for line in lines] == [("ERROR", "Forbidden")]


@pytest.mark.parametrize(
    ("permission", "bucket", "name"),
    [
        ("storage.objects.create", "staging", "/objects/incoming/hackle/a"),
        ("storage.objects.delete", "staging", "/objects/incoming/hackle/a"),
        ("storage.objects.create", "staging", "/objects/mappings/a.toml"),
        ("storage.objects.get", "staging", "/objects/incoming"),
        ("storage.objects.get", "import", "/objects/hackle/a"),
        ("storage.objects.create", "import", "/objects/hackle-2/a"),
        ("storage.buckets.get", "staging", ""),
        ("storage.buckets.update", "import", ""),
    ],
)
def test_the_function_may_not(runtime, permission, bucket, name):
    assert not runtime.of(permission, f"projects/_/buckets/{BUCKETS[bucket]}{name}")


def test_the_function_has_no_other_role(applied):
    run = applied.resources("google_service_account", "main")["run"]["member"]
    kinds = {kind for kind, member in applied.members() if member == run}
    assert kinds == {"google_storage_bucket_iam_member"}


def test_nobody_else_gets_more_than_one_narrow_role_for_one_purpose(tmp_path):
    given = {"kms_key": "projects/p/locations/l/keyRings/r/cryptoKeys/k", "hash_key_secret": "key"}
    applied = Terraform(tmp_path).applied(**given)
    assert not {"allUsers", "allAuthenticatedUsers"} & {member for _, member in applied.members()}
    assert sorted(role for role in applied.roles() if role.startswith("roles/")) == [
        "roles/artifactregistry.writer",  # the build, on the function's repository
        "roles/cloudkms.cryptoKeyEncrypterDecrypter",  # Cloud Storage, on the buckets' key
        "roles/iam.serviceAccountTokenCreator",  # Pub/Sub, on the account that pushes
        "roles/logging.logWriter",  # the build
        "roles/pubsub.publisher",  # Cloud Storage on the drops, Pub/Sub on the dead letters
        "roles/pubsub.subscriber",  # Pub/Sub, to take dead letters off the drops
        "roles/run.invoker",  # the account that pushes, on the function
        "roles/secretmanager.secretAccessor",  # the function, on the one secret
        "roles/storage.objectViewer",  # the build, on the archives of functions
    ]


def test_hackle_has_exactly_the_documented_permissions_on_its_prefix_only(applied):
    account = applied.resources("google_service_account", "hackle")["hackle"]
    [role] = applied.resources("google_project_iam_custom_role", "hackle").values()
    assert set(role["permissions"]) == HACKLE
    grants = Grants(applied, account)
    bucket = f"projects/_/buckets/{BUCKETS['import']}"
    assert {granted for granted, *_ in grants.triples} == HACKLE
    assert all(grants.of(permission, bucket) for permission in ("storage.buckets.get", "storage.objects.list"))
    assert all(grants.of(permission, f"{bucket}/objects/hackle/2025-01-02/a.parquet") for permission in HACKLE)
    assert not any(grants.of(permission, f"{bucket}/objects/other") for permission in HACKLE)
    assert not any(grants.of(permission, f"projects/_/buckets/{BUCKETS['staging']}") for permission in HACKLE)


@pytest.mark.parametrize("given", [{}, {"staging_prefix": "drops"}, {"staging_bucket": "one", "import_bucket": "one"}])
def test_a_partner_s_policy_lets_drop_into_one_folder_and_nothing_else(tmp_path, given):
    applied = Terraform(tmp_path).applied(**given)
    policy = json.loads(applied.outputs["partner_policy"].replace("<mapping>", "shop").replace("<partner>", "acme"))
    [role] = applied.resources("google_project_iam_custom_role", "partner").values()
    assert policy["role"] == f"projects/my-project/roles/{role['role_id']}"
    assert set(role["permissions"]) == {"storage.objects.create", "storage.objects.delete"}
    root = applied.environment["HACKLE_STAGING"].removeprefix("gs://")
    bucket, _, prefix = root.partition("/")
    objects = f"projects/_/buckets/{bucket}/objects/{prefix}{'/' if prefix else ''}"
    for name, may in [
        ("incoming/shop/acme/a.json", True),
        ("incoming/shop/other/a.json", False),
        ("incoming/shop/acme-2/a.json", False),
        ("mappings/shop.toml", False),
        ("state/a.json", False),
    ]:
        assert holds(policy["condition"]["expression"], f"{objects}{name}") == may, name
    assert not holds(
        json.loads(applied.outputs["partner_policy"])["condition"]["expression"], f"{objects}incoming/shop/acme/a"
    )


def test_nobody_has_a_partner_s_role_before_a_person_grants_it(applied):
    [role] = applied.resources("google_project_iam_custom_role", "partner").values()
    assert role["name"] not in applied.roles()


def test_an_existing_bucket_is_told_the_rule_for_unfinished_uploads_that_a_made_one_has(applied):
    told = json.loads(applied.outputs["unfinished_uploads_rule"])
    for bucket in applied.all("google_storage_bucket"):
        rules = [(rule["action"][0]["type"], rule["condition"][0]["age"]) for rule in bucket["lifecycle_rule"]]
        assert ((told["action"]["type"], told["condition"]["age"]) in rules) == ("source" not in bucket["name"])


def test_in_a_shared_bucket_hackle_reaches_neither_drops_nor_state(tmp_path):
    applied = Terraform(tmp_path).applied(staging_bucket="one", import_bucket="one")
    grants = Grants(applied, applied.resources("google_service_account", "hackle")["hackle"])
    for folder in ("exports", "incoming", "mappings", "rejected", "state"):
        assert not any(grants.of(permission, f"projects/_/buckets/one/objects/{folder}/a") for permission in HACKLE)


def test_a_sixth_permission_is_noticed(tmp_path):
    terraform = Terraform(tmp_path)
    terraform.change("hackle.tf", '"storage.buckets.get",', '"storage.buckets.get", "storage.buckets.update",')
    [role] = terraform.applied().resources("google_project_iam_custom_role", "hackle").values()
    assert set(role["permissions"]) != HACKLE


def test_no_key_is_made_or_told():
    text = "".join(path.read_text() for path in (ROOT / "infra").glob("*.tf"))
    assert "google_service_account_key" not in text
    assert "private_key" not in text


def test_a_write_needs_delete_unless_it_can_replace_nothing():
    url, body = "/upload/storage/v1/b/one/o?uploadType=resumable", b'{"name": "a b"}'
    create, delete = (f"storage.objects.{verb}" for verb in ("create", "delete"))
    written = "projects/_/buckets/one/objects/a b"
    assert needed("POST", url, body) == [(create, written), (delete, written)]
    assert needed("POST", f"{url}&ifGenerationMatch=0", body) == [(create, written)]


def test_the_reader_of_requests_and_conditions_guesses_nothing():
    with pytest.raises(ValueError, match="PATCH"):
        needed("PATCH", "/storage/v1/b/one/o/a", b"")
    with pytest.raises(ValueError, match="/b/one"):
        needed("GET", "/storage/v1/b/one", b"")
    with pytest.raises(ValueError, match=r"resource\.type"):
        holds('resource.type == "storage.googleapis.com/Object"', "projects/_/buckets/one")


def test_the_archive_is_complete_and_the_same_every_time(deployment, tmp_path):
    assert built(tmp_path / "again.zip").read_bytes() == (deployment / "gcp-function.zip").read_bytes()
    names = {path.relative_to(deployment / "app").as_posix() for path in (deployment / "app").rglob("*")}
    assert {"main.py", "requirements.txt", "hackle_import/native/decoder-linux-x86_64.so"} <= names
    assert [name for name in names if name.endswith((".c", ".h")) or "aarch64" in name] == []


def test_an_archive_without_its_decoder_is_not_made(monkeypatch, tmp_path):
    archive = load(ROOT / "infra" / "archive.py")
    monkeypatch.setattr(archive, "DECODER", "native/decoder-of-another-machine.so")
    with pytest.raises(FileNotFoundError):
        archive.write(tmp_path / "never.zip")


def test_the_archive_runs_on_the_runtime_of_the_function(applied, deployment):
    [function] = applied.resources("google_cloudfunctions2_function").values()
    [build] = function["build_config"]
    assert (build["runtime"], build["entry_point"]) == (f"python{RUNTIME.replace('.', '')}", "main")
    version = [deployment / "venv/bin/python", "--version"]
    used = subprocess.run(version, capture_output=True, text=True, check=True).stdout
    assert f" {RUNTIME}." in used or interpreter() == sys.executable
