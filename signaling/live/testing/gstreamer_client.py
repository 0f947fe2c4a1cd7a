"""Publishes H.264 and Opus by WHIP with GStreamer's webrtcbin.

    gstreamer_client.py publish <address> <bearer token>

Says how it goes in lines of JSON on standard output, and leaves by DELETE when its standard input ends.
"""

import json
import sys
import threading
import urllib.error
import urllib.request
from urllib.parse import urljoin

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

PIPELINE = """
webrtcbin name=peer bundle-policy=max-bundle
videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=15/1
  ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=30 ! video/x-h264,profile=constrained-baseline
  ! rtph264pay config-interval=-1 aggregate-mode=zero-latency
  ! application/x-rtp,media=video,encoding-name=H264,payload=96 ! peer.
audiotestsrc is-live=true ! opusenc ! rtpopuspay
  ! application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! peer.
"""


def say(**facts):
    print(json.dumps(facts), flush=True)


def ask(method, url, token, body=None):
    headers = {"Authorization": f"Bearer {token}"}
    if body is not None:
        headers["Content-Type"] = "application/sdp"
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.status, response.headers, response.read().decode()


def describe(kind, text):
    _, message = GstSdp.SDPMessage.new_from_text(text)
    return GstWebRTC.WebRTCSessionDescription.new(kind, message)


class Publisher:
    def __init__(self, url, token):
        self.url, self.token, self.session = url, token, None
        self.loop = GLib.MainLoop()
        self.pipeline = Gst.parse_launch(PIPELINE)
        self.peer = self.pipeline.get_by_name("peer")
        self.peer.connect("on-negotiation-needed", self.negotiate)
        self.peer.connect("notify::connection-state", self.tell_state)

    def run(self):
        threading.Thread(target=self.wait_for_end, daemon=True).start()
        self.pipeline.set_state(Gst.State.PLAYING)
        self.loop.run()
        if self.session:
            status, _, _ = ask("DELETE", self.session, self.token)
            say(event="left", status=status)
        self.pipeline.set_state(Gst.State.NULL)

    def wait_for_end(self):
        sys.stdin.read()
        GLib.idle_add(self.loop.quit)

    def tell_state(self, peer, _):
        say(event="state", state=peer.get_property("connection-state").value_nick)

    def negotiate(self, peer):
        for at in range(2):
            transceiver = peer.emit("get-transceiver", at)
            transceiver.set_property("direction", GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY)
        peer.emit("create-offer", None, Gst.Promise.new_with_change_func(self.offer, None, None))

    def offer(self, promise, *_):
        promise.wait()
        reply = promise.get_reply()
        text = reply.get_value("offer").sdp.as_text()
        offered = describe(GstWebRTC.WebRTCSDPType.OFFER, text)
        self.peer.emit("set-local-description", offered, Gst.Promise.new())
        try:
            status, headers, answer = ask("POST", self.url, self.token, text.encode())
        except urllib.error.HTTPError as refusal:
            say(event="refused", status=refusal.code, body=refusal.read().decode())
            self.loop.quit()
            return
        self.session = urljoin(self.url, headers["Location"])
        say(event="answered", status=status, etag=headers["ETag"])
        answered = describe(GstWebRTC.WebRTCSDPType.ANSWER, answer)
        self.peer.emit("set-remote-description", answered, Gst.Promise.new())


Gst.init(None)
_, _, *arguments = sys.argv
Publisher(*arguments).run()
