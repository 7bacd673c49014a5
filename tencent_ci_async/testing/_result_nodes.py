"""What analyses find: one invented example of each, with all the nodes that the service may send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["ANALYSES", "MEDIA_INFO", "MEDIA_SECONDS"]

MEDIA_SECONDS: Final = 42.5

_FORMAT: Final = {
    "NumStream": "2",
    "NumProgram": "0",
    "FormatName": "mov,mp4,m4a,3gp,3g2,mj2",
    "FormatLongName": "QuickTime / MOV",
    "StartTime": "0.000000",
    "Duration": f"{MEDIA_SECONDS:.6f}",
    "Bitrate": "1843.207000",
    "Size": "9792037",
}
_VIDEO: Final = {
    "Index": "0",
    "CodecName": "h264",
    "CodecLongName": "H.264 / AVC / MPEG-4 AVC / MPEG-4 part 10",
    "CodecTimeBase": "1/50",
    "CodecTagString": "avc1",
    "CodecTag": "0x31637661",
    "ColorPrimaries": "bt709",
    "ColorRange": "tv",
    "ColorTransfer": "bt709",
    "Profile": "High",
    "Width": "1280",
    "Height": "720",
    "HasBFrame": "2",
    "RefFrames": "4",
    "Sar": "1:1",
    "Dar": "16:9",
    "PixFormat": "yuv420p",
    "FieldOrder": "progressive",
    "Level": "31",
    "Fps": "25.000000",
    "AvgFps": "25.000000",
    "Timebase": "1/12800",
    "StartTime": "0.000000",
    "Duration": "42.480000",
    "Bitrate": "1712.441000",
    "NumFrames": "1062",
    "Language": "und",
    "Rotation": "0.000000",
}
_AUDIO: Final = {
    "Index": "1",
    "CodecName": "aac",
    "CodecLongName": "AAC (Advanced Audio Coding)",
    "CodecTimeBase": "1/44100",
    "CodecTagString": "mp4a",
    "CodecTag": "0x6134706d",
    "SampleFmt": "fltp",
    "SampleRate": "44100",
    "Channel": "2",
    "ChannelLayout": "stereo",
    "Timebase": "1/44100",
    "StartTime": "0.000000",
    "Duration": "42.492000",
    "Bitrate": "128.006000",
    "Language": "und",
}
MEDIA_INFO: Final = {"Format": _FORMAT, "Stream": {"Video": _VIDEO, "Audio": _AUDIO, "Subtitle": None}}

_BOX: Final = {"X1": "0.125", "Y1": "0.25", "X2": "0.5", "Y2": "0.875"}
_LABEL: Final = {"Tag": "lighthouse", "TagCls": "building", "Confidence": "0.91"}
_VIDEO_TAGS: Final = {
    "Tags": [_LABEL, {"Tag": "coast", "TagCls": "landscape", "Confidence": "0.84"}],
    "PersonTags": {
        "Name": "keeper",
        "Confidence": "0.77",
        "Count": "2",
        "DetailPerSecond": [
            {"TimeStamp": "3", "Name": "keeper", "Confidence": "0.75", "BBox": _BOX},
            {"TimeStamp": "4", "Name": "keeper", "Confidence": "0.79", "BBox": _BOX},
        ],
    },
    "PlaceTags": {
        "Tags": _LABEL,
        "ClipFrameResult": ["Shore: 0.61", "Tower: 0.58"],
        "StartTime": "0",
        "EndTime": "20.5",
        "StartIndex": "0",
        "EndIndex": "20",
    },
    "ActionTags": {"Tags": _LABEL, "StartTime": "5", "EndTime": "9.5"},
    "ObjectTags": {"TimeStamp": "7", "Objects": {"Name": "boat", "Confidence": "0.66", "BBox": _BOX}},
    "Labels": {"First": "travel", "Second": "sea", "Confidence": "0.7"},
}


def _target(name: str) -> dict[str, object]:
    place = {"X": "12.5", "Y": "40", "Height": "180", "Width": "96.25"}
    return {"Name": name, "Score": "93", "Location": place}


def _targets(kind: str, name: str) -> dict[str, object]:
    return {"Time": "2.5", "Url": "https://media.example/frames/5.jpg", kind: _target(name)}


_VIDEO_TARGETS: Final = {
    "BodyRecognition": [_targets("BodyInfo", "body"), _targets("BodyInfo", "body")],
    "PetRecognition": _targets("PetInfo", "dog"),
    "CarRecognition": _targets("CarInfo", "van"),
    "FaceRecognition": _targets("FaceInfo", "face"),
    "LicenseRecognitionResult": _targets("PlateInfo", "plate"),
    "Sensitive": "false",
}
_SPEECH: Final = {
    "AudioTime": "42.492",
    "Result": "[0:0.000,0:2.150]  The lamp is lit.",
    "DetailObjectName": "output/speech-detail.json",
    "FlashResult": {
        "channel_id": "0",
        "text": "The lamp is lit.",
        "sentence_list": {
            "text": "The lamp is lit.",
            "start_time": "0",
            "end_time": "2150",
            "speaker_id": "1",
            "word_list": [
                {"word": "The", "start_time": "0", "end_time": "240"},
                {"word": "lamp", "start_time": "240", "end_time": "900"},
            ],
        },
    },
    "ResultDetail": {
        "FinalSentence": "The lamp is lit.",
        "SliceSentence": "The lamp is lit",
        "StartMs": "0",
        "EndMs": "2150",
        "WordsNum": "4",
        "SpeechSpeed": "1.9",
        "SpeakerId": "1",
        "Words": [
            {"Word": "The", "OffsetStartMs": "0", "OffsetEndMs": "240", "VoiceType": "0"},
            {"Word": "lamp", "OffsetStartMs": "240", "OffsetEndMs": "900", "VoiceType": "0"},
        ],
    },
}
_WORDS: Final = {
    "WordsGeneralizeLable": {"Category": "sea", "Word": "lighthouse"},
    "WordsGeneralizeToken": [
        {"Word": "light", "Offset": "0", "Length": "5", "Pos": "NN"},
        {"Word": "house", "Offset": "5", "Length": "5", "Pos": "NN"},
    ],
}
_QUALITY: Final = {
    "Score": "7.250000",
    "VqaPlusResult": {
        "NoAudio": "false",
        "NoVideo": "false",
        "DetailedResult": {
            "Type": "Blur",
            "Items": {
                "Confidence": "61",
                "StartTimeOffset": "1.5",
                "EndTimeOffset": "2.75",
                "AreaCoordSet": ["0", "0", "640", "360"],
            },
        },
    },
}
_FINGERPRINT: Final = {
    "VideoId": "video-example",
    "Duration": "42",
    "Detection": {
        "VideoId": "video-other",
        "Similar": "88",
        "SimilarDuration": "30",
        "Duration": "55",
        "MatchDetail": {
            "MatchStartTime": "2",
            "MatchEndTime": "32",
            "SrcStartTime": "0",
            "SrcEndTime": "30",
        },
        "Audio": {"Similar": "81"},
    },
}
_SINGING: Final = {
    "TotalScore": "81.5",
    "SentenceScores": [
        {"StartTime": "0", "EndTime": "4.5", "Score": "79"},
        {"StartTime": "4.5", "EndTime": "9", "Score": "84"},
    ],
}
_INSPECTION: Final = {
    "State": "Success",
    "Code": "Success",
    "Message": "",
    "InputObjectName": "input/picture.png",
    "InputObjectUrl": "https://media.example/input/picture.png",
    "ProcessResult": {
        "PicSize": "40960",
        "PicType": "png",
        "Suspicious": "true",
        "SuspiciousBeginByte": "32768",
        "SuspiciousEndByte": "40959",
        "SuspiciousSize": "8192",
        "SuspiciousType": "zip",
        "AutoProcessResult": {"Code": "Success", "Message": "done"},
    },
}


def _corner(x: int, y: int) -> dict[str, object]:
    return {"X": str(x), "Y": str(y)}


_OUTLINE: Final = [_corner(10, 20), _corner(110, 20), _corner(110, 44), _corner(10, 44)]
_TEXT: Final = {
    "InputObjectName": "input/sign.png",
    "InputObjectUrl": "https://media.example/input/sign.png",
    "ObjectName": "output/sign.txt",
    "ObjectUrl": "https://media.example/output/sign.txt",
    "Code": "Success",
    "State": "Success",
    "Message": "done",
    "Language": "en",
    "Angel": "0.5",
    "PdfPageSize": "1",
    "TextDetections": {
        "DetectedText": "PIER 7",
        "Confidence": "97",
        "Polygon": _OUTLINE,
        "ItemPolygon": {"X": "10", "Y": "20", "Width": "100", "Height": "24"},
        "Words": {
            "Confidence": "98",
            "Character": "P",
            "WordCoordPoint": {"WordCoordinate": _OUTLINE},
        },
        "WordPolygon": {
            "LeftTop": _OUTLINE[0],
            "RightTop": _OUTLINE[1],
            "RightBottom": _OUTLINE[2],
            "LeftBottom": _OUTLINE[3],
        },
    },
}
_PICTURE: Final = {
    "OriginalInfo": {
        "Etag": '"7c3f0a6be19d24c58e0b1f9a6d4c2e83"',
        "ImageInfo": {
            "Format": "JPEG",
            "Width": "1600",
            "Height": "900",
            "Quality": "92",
            "Ave": "0x3a6ea5",
            "Orientation": "1",
        },
    },
    "ProcessResult": {
        "Format": "JPEG",
        "Width": "900",
        "Height": "1600",
        "Size": "182044",
        "Quality": "85",
        "Etag": '"19d24c58e0b1f9a6d4c2e837c3f0a6be"',
    },
}

ANALYSES: Final[Mapping[str, Mapping[str, Mapping[str, object]]]] = {
    "DNA": {"DnaResult": _FINGERPRINT},
    "ExtractDigitalWatermark": {"ExtractDigitalWatermark": {"Message": "example watermark"}},
    "ImageInspect": {"ImageInspectResult": _INSPECTION},
    "ImageOCR": {"Detection": _TEXT},
    "PicProcess": {"PicProcessResult": _PICTURE},
    "QualityEstimate": {"QualityEstimate": _QUALITY},
    "SoundHound": {
        "SoundHoundResult": {
            "SongList": {"Inlier": "24", "SingerName": "The Keepers", "SongName": "Light on the Water"}
        }
    },
    "SpeechRecognition": {"SpeechRecognitionResult": _SPEECH},
    "SplitVideoParts": {
        "SplitVideoInfoResult": {
            "TimeInfo": [
                {"Index": "0", "PartBegin": "0", "PartEnd": "20.5"},
                {"Index": "1", "PartBegin": "20.5", "PartEnd": "42.5"},
            ]
        }
    },
    "Translation": {"AITranslateResult": {"Result": "The lamp is lit."}},
    "VideoTag": {
        "VideoTagResult": {"StreamData": {"SubErrCode": "0", "SubErrMsg": "ok", "Data": _VIDEO_TAGS}}
    },
    "VideoTargetRec": {"VideoTargetRecResult": _VIDEO_TARGETS},
    "VocalScore": {"VocalScoreResult": {"PitchScore": _SINGING, "RhythemScore": _SINGING}},
    "WordsGeneralize": {"WordsGeneralizeResult": _WORDS},
}
