"""The vendor's synchronous client, to compare with."""

import logging

from place import BUCKET, REGION, SECRET_ID, SECRET_KEY
from qcloud_cos import CosConfig, CosS3Client
from qcloud_cos.cos_auth import CosS3Auth
from qcloud_cos.cos_comm import xml_to_dict

__all__ = ["CosS3Auth", "describe", "vendor_client", "vendor_config", "xml_to_dict"]

# It writes to the root logger's handlers at INFO; nobody who measures would leave that on.
logging.getLogger("qcloud_cos").setLevel(logging.ERROR)


def vendor_config(**settings: object) -> CosConfig:
    """Its settings, with the same keys as the session has."""
    return CosConfig(
        Region=REGION,
        SecretId=SECRET_ID,
        SecretKey=SECRET_KEY,
        Scheme="http",
        **settings,
    )


def vendor_client(base: str) -> CosS3Client:
    """Its client, with a connection for each of up to 32 threads; the pool is that of the first one made."""
    return CosS3Client(vendor_config(Domain=base.removeprefix("http://"), PoolMaxSize=32), retry=0)


def describe(client: CosS3Client, *job_ids: str) -> dict[str, object]:
    """Ask it for jobs."""
    return client.ci_get_media_jobs(Bucket=BUCKET, JobIDs=",".join(job_ids))
