"""Publishes by WHIP or watches by WHEP with aiortc: a WebRTC that is neither ours nor a browser's.

    aiortc_client.py publish|watch <address> [<bearer token>]

Says how it goes in lines of JSON on standard output, and leaves by DELETE when its standard input ends.
"""

import asyncio
import fractions
import json
import sys
import time
import urllib.request
from urllib.parse import urljoin

import numpy
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from av import VideoFrame

WIDTH, HEIGHT, FRAMES_PER_SECOND = 320, 240, 15


def say(**facts):
    print(json.dumps(facts), flush=True)


def ask(method, url, token, body=None, kind=None):
    headers = {"Accept": "application/sdp, application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if kind:
        headers["Content-Type"] = kind
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.status, response.headers, response.read().decode()


class MovingBar(VideoStreamTrack):
    """A white bar that moves over grey, so that every frame is another one."""

    count = 0
    started = None

    async def recv(self):
        self.started = self.started or time.monotonic()
        late = self.started + self.count / FRAMES_PER_SECOND - time.monotonic()
        if late > 0:
            await asyncio.sleep(late)
        picture = numpy.full((HEIGHT, WIDTH, 3), 96, numpy.uint8)
        left = self.count * 4 % WIDTH
        picture[:, left : left + 16] = 255
        frame = VideoFrame.from_ndarray(picture, format="bgr24")
        frame.pts = self.count * 90000 // FRAMES_PER_SECOND
        frame.time_base = fractions.Fraction(1, 90000)
        self.count += 1
        return frame


async def count_frames(track, heard):
    while True:
        frame = await track.recv()
        heard[track.kind] += 1
        if heard[track.kind] % 10 == 0:
            extent = {"widthPx": frame.width, "heightPx": frame.height} if track.kind == "video" else {}
            say(event="frames", kind=track.kind, count=heard[track.kind], **extent)


async def main(mode, url, token=None):
    # without a list it would ask a STUN server of others
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    heard = {"audio": 0, "video": 0}
    tasks = []

    @connection.on("connectionstatechange")
    def on_state():
        say(event="state", state=connection.connectionState)

    @connection.on("track")
    def on_track(track):
        tasks.append(asyncio.ensure_future(count_frames(track, heard)))

    if mode == "publish":
        picture = connection.addTransceiver(MovingBar(), direction="sendonly")
        # its H.264 has a key frame every 17 s and no ear for requests
        codecs = RTCRtpSender.getCapabilities("video").codecs
        picture.setCodecPreferences([codec for codec in codecs if codec.mimeType in ("video/VP8", "video/rtx")])
        connection.addTransceiver(AudioStreamTrack(), direction="sendonly")
    else:
        connection.addTransceiver("video", direction="recvonly")
        connection.addTransceiver("audio", direction="recvonly")
    await connection.setLocalDescription(await connection.createOffer())
    loop = asyncio.get_running_loop()
    offer = connection.localDescription.sdp.encode()
    try:
        status, headers, answer = await loop.run_in_executor(
            None, ask, "POST", url, token, offer, "application/sdp"
        )
    except urllib.error.HTTPError as refusal:
        say(event="refused", status=refusal.code, body=refusal.read().decode())
        await connection.close()
        return
    say(event="answered", status=status, etag=headers["ETag"])
    await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    await loop.run_in_executor(None, sys.stdin.read)
    for task in tasks:
        task.cancel()
    status, _, _ = await loop.run_in_executor(None, ask, "DELETE", urljoin(url, headers["Location"]), token)
    say(event="left", status=status)
    await connection.close()


asyncio.run(main(*sys.argv[1:]))
