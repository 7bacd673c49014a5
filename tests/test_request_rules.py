"""Each rule that is checked before a request is sent: one that breaks it, and one that keeps it."""

import pytest
from support.requests import (
    FILES,
    MP4,
    PARAMETERS,
    SOUND,
    SPRITES,
    concat,
    effect,
    fragments,
    places,
    refused,
    request_of,
    segment,
    snapshot,
    transcode,
    translation,
    tts,
    watermark,
)

from tencent_ci_async import (
    Animation,
    AnimationVideo,
    Audio,
    AudioMix,
    CallBackMqConfig,
    ClipConfig,
    ConcatFragment,
    Container,
    FillConcat,
    FillInput,
    HlsEncrypt,
    JobInput,
    JobOutput,
    JobTag,
    KafkaConfig,
    MediaJobRequest,
    Operation,
    SceneChangeInfo,
    SegmentVideoBody,
    SmartCover,
    StreamExtractOutput,
    TransConfig,
    Video,
    VideoMontage,
    VideoProcess,
    VodInfo,
    WatermarkImage,
)

OUT = JobOutput(object="out.docx")
TEMPLATE = "operation.concat_template"
BOTH = [AudioMix(audio_source=SOUND)]

RULES = {
    # Concat: which files, in which order.
    "no fragments": (
        concat(fragments=[]),
        f"{TEMPLATE}.concat_fragment is missing: it names the files to join, and there is no input either",
        concat(),
    ),
    "a single fragment": (
        concat(fragments=fragments((0, 5))),
        f"{TEMPLATE}.concat_fragment names a single file, and there is no input: it takes two files to join",
        concat(fragments=fragments((0, 5)), request={"input": JobInput(object="in.mp4")}),
    ),
    "a fragment without an address": (
        concat(fragments=[*fragments((0, 5), (0, 5)), ConcatFragment(fragment_index=0)]),
        f"{TEMPLATE}.concat_fragment[2].url is missing: the address of the file, in the bucket of the job",
        concat(fragments=fragments((0, 5), (0, 5), (None, None))),
    ),
    "a key for an address": (
        concat(fragments=[ConcatFragment(url="one.mp4"), ConcatFragment(url=FILES[0])]),
        f"{TEMPLATE}.concat_fragment[0].url is 'one.mp4': it must be an address such as 'https://host/key'",
        concat(),
    ),
    "an end before its start": (
        concat(fragments=fragments((0, 5), (7, 6.5))),
        f"{TEMPLATE}.concat_fragment[1].end_time is 6.5: it must be later than start_time, 7",
        concat(fragments=fragments((0, 5), (6.5, 7))),
    ),
    "an end at the start of the file": (
        concat(fragments=fragments((None, 0), (None, None))),
        f"{TEMPLATE}.concat_fragment[0].end_time is 0: it must be later than start_time, 0",
        concat(fragments=fragments((None, 0.001), (None, None))),
    ),
    "a negative start": (
        concat(fragments=fragments((-1, 5), (0, 5))),
        f"{TEMPLATE}.concat_fragment[0].start_time is -1.0: it must be at least 0 seconds",
        concat(fragments=fragments((0, 5), (0, 5))),
    ),
    "a place given twice": (
        concat(fragments=places(0, 1, 1)),
        (
            f"{TEMPLATE}.concat_fragment[2].fragment_index is 1 again, as in fragment 1: "
            "give each fragment a place of its own, or none"
        ),
        concat(fragments=places(2, 0, 1)),
    ),
    "a place given twice by leaving it out": (
        concat(fragments=places(None, None, 2)),
        (
            f"{TEMPLATE}.concat_fragment[1].fragment_index is 0 again, as in fragment 0: "
            "give each fragment a place of its own, or none"
        ),
        concat(fragments=places(0, 0, 0)),
    ),
    "an index behind the last": (
        concat(index=3, request={"input": JobInput(object="in.mp4")}),
        f"{TEMPLATE}.index is 3: it must be from 0 up to the number of fragments, 2",
        concat(index=2, request={"input": JobInput(object="in.mp4")}),
    ),
    # Concat: container, picture and sound.
    "no container": (
        concat(container=None),
        f"{TEMPLATE}.container is missing: the format of the file to write",
        concat(container=Container(format="flv")),
    ),
    "a container without a format": (
        concat(container=Container(clip_config=ClipConfig(duration=5), format="hls"), video=Video(width=1)),
        f"{TEMPLATE}.video.width is 1: it must be even and from 128 up to 4096 pixels",
        concat(container=Container(clip_config=ClipConfig(duration=5), format="hls"), video=Video(width=128)),
    ),
    "a format that splices are not written in": (
        concat(container=Container(format="mkv")),
        f"{TEMPLATE}.container.format is 'mkv': it must be one of mp4, flv, hls, ts, mp3, aac",
        concat(container=Container(format="MP4")),
    ),
    "pieces of a file that is not cut": (
        concat(container=Container(format="mp4", clip_config=ClipConfig(duration=5))),
        f"{TEMPLATE}.container.clip_config would be ignored: it counts only where format is 'hls' or 'dash'",
        concat(container=Container(format="hls", clip_config=ClipConfig(duration=5))),
    ),
    "a picture in a sound file": (
        concat(container=Container(format="mp3"), video=Video(width=1280)),
        f"{TEMPLATE}.video would be ignored: a file of format 'mp3' holds no picture",
        concat(container=Container(format="mp3"), video=Video(remove=True)),
    ),
    "neither picture nor sound": (
        concat(audio=Audio(remove=True), video=Video(remove=True)),
        f"{TEMPLATE}.audio.remove leaves nothing to write: there is no picture either",
        concat(audio=Audio(remove=True), video=Video(remove=False)),
    ),
    "a sound file without sound": (
        concat(container=Container(format="aac"), audio=Audio(remove=True)),
        f"{TEMPLATE}.audio.remove leaves nothing to write: there is no picture either",
        concat(container=Container(format="aac"), audio=Audio(codec="AAC")),
    ),
    "the wrong codec in a sound file": (
        concat(container=Container(format="mp3"), audio=Audio(codec="aac")),
        f"{TEMPLATE}.audio.codec is 'aac': a file of format 'mp3' holds mp3 only",
        concat(container=Container(format="mp3"), audio=Audio(codec="mp3")),
    ),
    "a sound codec that splices do not have": (
        concat(audio=Audio(codec="flac")),
        f"{TEMPLATE}.audio.codec is 'flac': a splice has one of aac, mp3",
        concat(audio=Audio(codec="mp3")),
    ),
    "a picture codec that splices do not have": (
        concat(video=Video(codec="H.265")),
        f"{TEMPLATE}.video.codec is 'H.265': a splice has 'H.264' only",
        concat(video=Video(codec="h.264", profile="high")),
    ),
    # Concat: sounds to mix in, transitions, and joining without transcoding.
    "a mix without a source": (
        concat(audio_mix=[AudioMix(replace=True)]),
        f"{TEMPLATE}.audio_mix[0].audio_source is missing: the address of the sound to mix in",
        concat(audio_mix=[AudioMix(replace=True, audio_source=SOUND)]),
    ),
    "a mix into a removed sound": (
        concat(audio_mix=BOTH, audio=Audio(remove=True)),
        f"{TEMPLATE}.audio_mix would be ignored: audio.remove leaves the sound out",
        concat(audio_mix=BOTH, audio=Audio(remove=False)),
    ),
    "several mixes at the place of one": (
        concat(audio_mix=BOTH * 2),
        f"{TEMPLATE}.audio_mix has 2 items: at most 1 are allowed: give several as audio_mix_array",
        concat(audio_mix_array=BOTH * 2),
    ),
    "three mixes": (
        concat(audio_mix_array=BOTH * 3),
        f"{TEMPLATE}.audio_mix_array has 3 items: at most 2 are allowed",
        concat(audio_mix_array=BOTH),
    ),
    "two ways to mix": (
        concat(audio_mix=BOTH, audio_mix_array=BOTH),
        f"{TEMPLATE}.audio_mix_array would be ignored: audio_mix beats it; give one of the two",
        concat(audio_mix=BOTH),
    ),
    "a fade of no length": (
        effect(enable_start_fadein=True),
        (
            f"{TEMPLATE}.audio_mix[0].effect_config.start_fadein_time is missing: "
            "enable_start_fadein is set, so it must say how many seconds"
        ),
        effect(enable_start_fadein=True, start_fadein_time=3),
    ),
    "a fade of 0 seconds": (
        effect(enable_end_fadeout=True, end_fadeout_time=0),
        f"{TEMPLATE}.audio_mix[0].effect_config.end_fadeout_time is 0: it must be over 0 seconds",
        effect(enable_end_fadeout=False, end_fadeout_time=0),
    ),
    "a length of no fade": (
        effect(bgm_fade_time=1.5),
        f"{TEMPLATE}.audio_mix[0].effect_config.bgm_fade_time would be ignored: enable_bgm_fade is not set",
        effect(enable_bgm_fade=True, bgm_fade_time=1.5),
    ),
    "a transition of no kind": (
        concat(scene_change_info=SceneChangeInfo(time=2)),
        f"{TEMPLATE}.scene_change_info.mode is missing: 'Default', 'FADE' or 'GRADIENT'",
        concat(scene_change_info=SceneChangeInfo(mode="FADE", time=2)),
    ),
    "a transition that is too long": (
        concat(scene_change_info=SceneChangeInfo(mode="FADE", time=5.5)),
        f"{TEMPLATE}.scene_change_info.time is 5.5: it must be over 0 and up to 5 seconds",
        concat(scene_change_info=SceneChangeInfo(mode="GRADIENT", time=5)),
    ),
    "the length of no transition": (
        concat(scene_change_info=SceneChangeInfo(mode="Default", time=2)),
        f"{TEMPLATE}.scene_change_info.time would be ignored: mode 'Default' means no transition",
        concat(scene_change_info=SceneChangeInfo(mode="Default")),
    ),
    **{
        f"{name} without transcoding": (
            concat(direct_concat=True, **{name: value}),
            f"{TEMPLATE}.{name} would be ignored: direct_concat joins without transcoding",
            concat(direct_concat=False, **{name: value}),
        )
        for name, value in {
            "audio": Audio(codec="mp3"),
            "video": Video(width=1280),
            "audio_mix": BOTH,
            "audio_mix_array": BOTH,
            "scene_change_info": SceneChangeInfo(mode="FADE"),
        }.items()
    },
    "a start without transcoding": (
        concat(direct_concat=True, fragments=fragments((None, None), (3, None))),
        f"{TEMPLATE}.concat_fragment[1].start_time would be ignored: direct_concat joins without transcoding",
        concat(direct_concat=True),
    ),
    # Other kinds.
    "a profile without H.264": (
        transcode(video=Video(codec="H.265", profile="high")),
        "operation.transcode.video.profile would be ignored: it counts only where codec is 'H.264'",
        transcode(video=Video(codec="H.264", profile="high")),
    ),
    "a buffer for VP9": (
        transcode(video=Video(codec="VP9", bufsize=2000)),
        "operation.transcode.video.bufsize would be ignored: codec 'VP9' has none",
        transcode(video=Video(codec="VP9", bufsize=0)),
    ),
    "a key for no encryption": (
        transcode(trans_config=TransConfig(hls_encrypt=HlsEncrypt(uri_key="https://k.example"))),
        "operation.transcode.trans_config.hls_encrypt.uri_key would be ignored: is_hls_encrypt is not set",
        transcode(
            trans_config=TransConfig(
                hls_encrypt=HlsEncrypt(is_hls_encrypt=True, uri_key="https://k.example"),
                dash_encrypt={"IsEncrypt": "true", "UriKey": "https://k.example"},
            )
        ),
    ),
    "a template next to watermarks": (
        request_of(JobTag.WATERMARK, watermark_template_id=["t1"]),
        "operation.watermark would be ignored: watermark_template_id beats it; give one of the two",
        request_of(JobTag.WATERMARK, watermark_template_id=["t1"], watermark=[]),
    ),
    "four watermarks": (
        request_of(JobTag.WATERMARK, watermark=PARAMETERS[JobTag.WATERMARK]["watermark"] * 4),
        "operation.watermark has 4 items: at most 3 are allowed",
        request_of(JobTag.WATERMARK, watermark=PARAMETERS[JobTag.WATERMARK]["watermark"] * 3),
    ),
    "a watermark of no text": (
        watermark(text=None),
        "operation.watermark[0].text is missing: type is 'Text'",
        watermark(),
    ),
    "a picture in a watermark of text": (
        watermark(image=WatermarkImage(url=FILES[0], mode="Original", transparency=50)),
        "operation.watermark[0].image would be ignored: it counts only where type is 'Image'",
        watermark(
            type="Image", text=None, image=WatermarkImage(url=FILES[0], mode="Original", transparency=50)
        ),
    ),
    "a watermark beyond the edge": (
        watermark(loc_mode="Relativity", dx=120),
        "operation.watermark[0].dx is 120: it must be from 0 up to 100 percent",
        watermark(loc_mode="Absolute", dx=120),
    ),
    "a background that is too far away": (
        watermark(
            type="Image",
            text=None,
            image=WatermarkImage(url=FILES[0], mode="Original", transparency=50, background=True),
            loc_mode="Relativity",
            dy=-301,
        ),
        "operation.watermark[0].dy is -301: it must be from -300 up to 100 percent",
        watermark(
            type="Image",
            text=None,
            image=WatermarkImage(url=FILES[0], mode="Original", transparency=50, background=True),
            dy=-4096,
        ),
    ),
    "a watermark that ends before it starts": (
        watermark(start_time=5, end_time=4),
        "operation.watermark[0].end_time is 4: it must be later than start_time, 5",
        watermark(start_time=4, end_time=5),
    ),
    "a picture of 4 pixels": (
        watermark(
            type="Image",
            text=None,
            image=WatermarkImage(url=FILES[0], mode="Fixed", width=4, transparency=50),
        ),
        "operation.watermark[0].image.width is 4: it must be from 8 up to 4096 pixels",
        watermark(
            type="Image",
            text=None,
            image=WatermarkImage(url=FILES[0], mode="Proportion", width=4, transparency=50),
        ),
    ),
    "a format that animations do not have": (
        request_of(JobTag.ANIMATION, animation=Animation(container=MP4, video=AnimationVideo(codec="gif"))),
        "operation.animation.container.format is 'mp4': it must be one of gif, hgif, webp",
        request_of(
            JobTag.ANIMATION,
            animation=Animation(container=Container(format="webp"), video=AnimationVideo(codec="webp")),
        ),
    ),
    "the quality of a GIF": (
        request_of(JobTag.ANIMATION, animation=Animation(video=AnimationVideo(codec="gif", quality=50))),
        "operation.animation.video.quality would be ignored: it counts only where codec is 'webp'",
        request_of(JobTag.ANIMATION, animation=Animation(video=AnimationVideo(codec="webp", quality=50))),
    ),
    "an animation of no frames": (
        request_of(
            JobTag.ANIMATION,
            animation=Animation(video=AnimationVideo(codec="gif", animate_only_keep_key_frame=False)),
        ),
        (
            "operation.animation.video.animate_frames_per_second is missing: "
            "without key frames only, it or animate_time_interval_of_frame is needed"
        ),
        request_of(
            JobTag.ANIMATION,
            animation=Animation(
                video=AnimationVideo(
                    codec="gif", animate_only_keep_key_frame=False, animate_frames_per_second=2
                )
            ),
        ),
    ),
    "a format that montages do not have": (
        request_of(JobTag.VIDEO_MONTAGE, video_montage=VideoMontage(container=Container(format="gif"))),
        "operation.video_montage.container.format is 'gif': it must be one of mp4, flv, hls, ts, mkv",
        request_of(JobTag.VIDEO_MONTAGE, video_montage=VideoMontage(container=Container(format="mkv"))),
    ),
    "several snapshots of one name": (
        snapshot(JobOutput(object="shot.jpg")),
        (
            "operation.output.object is the key of several files, so it needs the wildcard ${number}, "
            "as in 'picture-${number}.jpg'"
        ),
        snapshot(JobOutput(object="shot.jpg"), count=1),
    ),
    "several covers of one name": (
        request_of(JobTag.SMART_COVER, output=JobOutput(object="cover.jpg")),
        (
            "operation.output.object is the key of several files, so it needs the wildcard ${number}, "
            "as in 'picture-${number}.jpg'"
        ),
        request_of(JobTag.SMART_COVER, output=JobOutput(object="cover.jpg"), smart_cover=SmartCover(count=1)),
    ),
    "several pieces of one name": (
        segment(duration=5),
        (
            "operation.output.object is the key of several files, so it needs the wildcard ${number}, "
            "as in 'part-${number}.mp4'"
        ),
        segment("part-${Number}.mp4", duration=5),
    ),
    "an encrypted MP4": (
        segment(hls_encrypt=HlsEncrypt(is_hls_encrypt=True)),
        "operation.segment.hls_encrypt would be ignored: it counts only where format is 'hls'",
        segment("out.m3u8", format="hls", duration=5, hls_encrypt=HlsEncrypt(is_hls_encrypt=True)),
    ),
    "a piece that ends before it starts": (
        segment(start_time=5, end_time=5),
        "operation.segment.end_time is 5: it must be later than start_time, 5",
        segment(start_time=5, end_time=6),
    ),
    "sprites without a key": (
        snapshot(snapshot_out_mode="SnapshotAndSprite", sprite_snapshot_config=SPRITES),
        (
            "operation.output.sprite_object is missing: snapshot_out_mode is 'SnapshotAndSprite', "
            "so sprites are written"
        ),
        snapshot(
            JobOutput(sprite_object="sprite.jpg"),
            snapshot_out_mode="OnlySprite",
            sprite_snapshot_config=SPRITES,
        ),
    ),
    "sprites as PNG": (
        snapshot(JobOutput(sprite_object="sprite.png"), snapshot_out_mode="OnlySprite"),
        "operation.output.sprite_object is 'sprite.png': sprites are written as jpg",
        snapshot(JobOutput(sprite_object="sprite.JPG"), snapshot_out_mode="OnlySprite"),
    ),
    "a key for no sprites": (
        snapshot(JobOutput(object="${number}.jpg", sprite_object="sprite.jpg")),
        "operation.output.sprite_object would be ignored: snapshot_out_mode asks for no sprites",
        snapshot(
            JobOutput(object="${time}.jpg", sprite_object="s.jpg"), snapshot_out_mode="SnapshotAndSprite"
        ),
    ),
    "the look of no sprites": (
        snapshot(sprite_snapshot_config=SPRITES),
        "operation.snapshot.sprite_snapshot_config would be ignored: snapshot_out_mode asks for no sprites",
        snapshot(),
    ),
    "snapshots without a key": (
        snapshot(JobOutput(sprite_object="s.jpg"), snapshot_out_mode="SnapshotAndSprite"),
        "operation.output.object is missing: the key of the snapshots, with the wildcard ${number}",
        snapshot(
            JobOutput(object="${number}.jpg", sprite_object="s.jpg"), snapshot_out_mode="SnapshotAndSprite"
        ),
    ),
    "snapshots of a template without a key": (
        request_of(
            JobTag.SNAPSHOT, template_id="t1", snapshot=None, output=JobOutput(bucket="b-1", region="r")
        ),
        "operation.output.object is missing: the key of the snapshots; or sprite_object, that of the sprites",
        request_of(JobTag.SNAPSHOT, template_id="t1", snapshot=None, output=JobOutput(sprite_object="s.jpg")),
    ),
    "a key for the voice of a transcoding": (
        request_of(JobTag.TRANSCODE, output=JobOutput(object="out.mp4", au_object="voice.mp3")),
        "operation.output.au_object would be ignored: it counts only for jobs of kind VoiceSeparate",
        request_of(JobTag.VOICE_SEPARATE, output=JobOutput(au_object="voice.mp3")),
    ),
    "eleven streams": (
        request_of(
            JobTag.STREAM_EXTRACT,
            output=JobOutput(stream_extract=[StreamExtractOutput(index=0, object="0.mp4")] * 11),
        ),
        "operation.output.stream_extract has 11 items: at most 10 are allowed",
        request_of(
            JobTag.STREAM_EXTRACT,
            output=JobOutput(stream_extract=[StreamExtractOutput(index=0, object="0.mp4")] * 10),
        ),
    ),
    "a stream without a number": (
        request_of(
            JobTag.STREAM_EXTRACT, output=JobOutput(stream_extract=[StreamExtractOutput(object="0.mp4")])
        ),
        "operation.output.stream_extract[0].index is missing: the number of the stream in the input",
        request_of(JobTag.STREAM_EXTRACT),
    ),
    "an enhancement of nothing": (
        request_of(JobTag.VIDEO_PROCESS, video_process=VideoProcess(new="1")),
        "operation.video_process.color_enhance is missing: either it or ms_sharpen is needed",
        request_of(JobTag.VIDEO_PROCESS, video_process=VideoProcess(color_enhance={"Enable": "true"})),
    ),
    "a combination with nothing": (
        request_of(JobTag.SEGMENT_VIDEO_BODY, segment_video_body=SegmentVideoBody(mode="Combination")),
        (
            "operation.segment_video_body.background_logo_url is missing: "
            "mode is 'Combination', so a picture must stand behind"
        ),
        request_of(
            JobTag.SEGMENT_VIDEO_BODY,
            segment_video_body=SegmentVideoBody(mode="Combination", background_logo_url=FILES[0]),
        ),
    ),
    "neither a file nor a gap": (
        request_of(
            JobTag.FILL_CONCAT,
            fill_concat=FillConcat(format="mp4", fill_input=[FillInput(url=FILES[0]), FillInput()]),
        ),
        "operation.fill_concat.fill_input[1].url is missing: either it or fill_time is needed",
        request_of(JobTag.FILL_CONCAT),
    ),
    "a file and a gap at once": (
        request_of(
            JobTag.FILL_CONCAT,
            fill_concat=FillConcat(format="mp4", fill_input=[FillInput(url=FILES[0], fill_time=2)]),
        ),
        "operation.fill_concat.fill_input[0].fill_time stands next to url: an item is a file or a gap",
        request_of(JobTag.FILL_CONCAT),
    ),
    "a long text to speak": (
        tts(input="x" * 301),
        (
            "operation.tts_config.input has 301 characters: at most 300 are allowed; put longer texts into a "
            "file and give its address, with input_type 'Url'"
        ),
        tts(input="x" * 300),
    ),
    # Input.
    "an address of a transcoding's input": (
        request_of(JobTag.TRANSCODE, input=JobInput(object="in.mp4", url=FILES[0])),
        "input.url would be ignored: jobs of kind Transcode take the key of an object",
        request_of(JobTag.TRANSCODE, input=JobInput(object="in.mp4")),
    ),
    "an address and a key": (
        request_of(JobTag.SPEECH_RECOGNITION, input=JobInput(object="in.mp3", url=FILES[0])),
        "input.url would be ignored: object beats it; give one of the two",
        request_of(JobTag.SPEECH_RECOGNITION, input=JobInput(url=FILES[0])),
    ),
    "neither an address nor a key": (
        request_of(JobTag.SPEECH_RECOGNITION, input=JobInput(vod=VodInfo(), new="1")),
        "input.object is missing: the key of an object in the bucket, or url, a public address",
        request_of(JobTag.SPEECH_RECOGNITION, input=JobInput(vod=VodInfo(file_id="1"))),
    ),
    "two inputs": (
        request_of(JobTag.TRANSCODE, input=JobInput(object="in.mp4", vod=VodInfo(file_id="1"))),
        "input.vod stands next to object: give one of the two",
        request_of(JobTag.TRANSCODE, input=JobInput(vod=VodInfo(file_id="1"))),
    ),
    "the language of a video": (
        request_of(JobTag.TRANSCODE, input=JobInput(object="in.mp4", lang="en")),
        "input.lang would be ignored: it counts only for jobs of kind Translation",
        request_of(JobTag.TRANSLATION),
    ),
    "a translation from no language": (
        translation(lang=None, output=OUT),
        "input.lang is missing: the language to translate from",
        translation(output=OUT),
    ),
    "a translation of no type": (
        translation(type=None, output=OUT),
        "input.type is missing: the type of the document, such as 'docx'",
        translation(output=OUT, type="pdf", basic_type="docx"),
    ),
    "a basic type of a text": (
        translation(type="txt", basic_type="txt", output=OUT),
        "input.basic_type would be ignored: it counts only where type is 'pdf' or that of a picture",
        translation(type="png", basic_type="txt", output=OUT),
    ),
    "a translated document without a key": (
        translation(no_need_output=True),
        "operation.no_need_output is for pictures: input.type is 'docx', so there must be an output",
        translation(no_need_output=True, type="jpg"),
    ),
    # The request as a whole.
    "no kind": (
        concat(request={"tag": None}),
        "tag is missing: the kind of the job, such as JobTag.CONCAT",
        concat(request={"tag": "Concat"}),
    ),
    "two kinds of one operation": (
        MediaJobRequest(
            tag="MediaInfo", input=JobInput(object="in.mp4"), operation=Operation(tag="SoundHound")
        ),
        "operation.tag is 'SoundHound', but the tag of the request is 'MediaInfo': leave it out",
        MediaJobRequest(
            tag="MediaInfo", input=JobInput(object="in.mp4"), operation=Operation(tag="MediaInfo")
        ),
    ),
    "an unknown kind": (
        MediaJobRequest(tag="Concatt", operation=Operation(output=JobOutput(object="out.mp4"))),
        "tag is 'Concatt', a kind of job that is not known: did you mean 'Concat'?",
        concat(),
    ),
    "a long note": (
        request_of(JobTag.MEDIA_INFO, user_data="x" * 1025),
        f"operation.user_data is '{'x' * 76}...: it must be printable ASCII, at most 1024 characters",
        request_of(JobTag.MEDIA_INFO, user_data="x" * 1024),
    ),
    "a note in Chinese": (
        request_of(JobTag.MEDIA_INFO, user_data="视频"),
        "operation.user_data is '视频': it must be printable ASCII, at most 1024 characters",
        request_of(JobTag.MEDIA_INFO, user_data='order "7" ~ <a&b>'),
    ),
    "a note of two lines": (
        request_of(JobTag.MEDIA_INFO, user_data="a\nb"),
        r"operation.user_data is 'a\nb': it must be printable ASCII, at most 1024 characters",
        request_of(JobTag.MEDIA_INFO, user_data="a b"),
    ),
    "a callback by FTP": (
        request_of(JobTag.MEDIA_INFO, call_back="ftp://a.example"),
        "call_back is 'ftp://a.example': it must be an http or https URL, or 'no'",
        request_of(JobTag.MEDIA_INFO, call_back="no"),
    ),
    "a callback in YAML": (
        request_of(JobTag.MEDIA_INFO, call_back="https://a.example/x?y=1", call_back_format="YAML"),
        "call_back_format is 'YAML': it must be one of XML, JSON",
        request_of(JobTag.MEDIA_INFO, call_back="https://a.example/x?y=1", call_back_format="JSON"),
    ),
    "a callback by pigeon": (
        request_of(JobTag.MEDIA_INFO, call_back_type="Pigeon"),
        "call_back_type is 'Pigeon': it must be one of Url, TDMQ, Kafka",
        request_of(JobTag.MEDIA_INFO, call_back_type="Url"),
    ),
    "a callback to no queue": (
        request_of(JobTag.MEDIA_INFO, call_back_type="TDMQ"),
        "call_back_mq_config is missing: call_back_type is 'TDMQ', so the service must know where to",
        request_of(
            JobTag.MEDIA_INFO,
            call_back_type="TDMQ",
            call_back_mq_config=CallBackMqConfig(mq_region="bj", mq_mode="Queue", mq_name="q"),
        ),
    ),
    "a callback to no topic": (
        request_of(JobTag.MEDIA_INFO, call_back_type="Kafka"),
        "call_back_kafka_config is missing: call_back_type is 'Kafka', so the service must know where to",
        request_of(JobTag.MEDIA_INFO, call_back_type="Kafka", call_back_kafka_config=KafkaConfig(topic="t")),
    ),
    "a queue for callbacks by URL": (
        request_of(JobTag.MEDIA_INFO, call_back_kafka_config=KafkaConfig(topic="t")),
        "call_back_kafka_config would be ignored: it counts only where call_back_type is 'Kafka'",
        request_of(JobTag.MEDIA_INFO),
    ),
    "a queue without a name": (
        request_of(
            JobTag.MEDIA_INFO,
            call_back_type="TDMQ",
            call_back_mq_config=CallBackMqConfig(mq_region="bj", mq_mode="Queue"),
        ),
        "call_back_mq_config.mq_name is missing: the name of the queue or topic",
        request_of(JobTag.MEDIA_INFO),
    ),
}


@pytest.mark.parametrize(("bad", "problem", "good"), RULES.values(), ids=RULES)
def test_one_rule_at_a_time(bad, problem, good):
    """A request that breaks one rule is refused for that alone, in these words; its neighbour is fine."""
    assert problem in refused(bad)
    unknown = [each for each in refused(bad) if "is not known to this library" in each]
    assert refused(bad) == [*unknown, problem]
    assert refused(good) == []
