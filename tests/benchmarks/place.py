"""Where the jobs are, and by whose keys they are asked for; it imports nothing that a client must carry."""

BUCKET = "examplebucket-1250000000"
REGION = "ap-chongqing"
SECRET_ID = "AKIDEXAMPLEFORMEASURING0000000000000"
SECRET_KEY = "ExampleKeyForMeasuringNotASecret000"
