// libsrtp 3's interface, as far as mediasoup-worker calls it, over libsrtp 2: version 3 reads one buffer and
// writes another, version 2 works in place.
#ifndef SHOAL_SRTP3_OVER_SRTP2_H
#define SHOAL_SRTP3_OVER_SRTP2_H

#include <srtp2/srtp.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

static constexpr srtp_err_status_t srtp_err_status_buffer_small = static_cast<srtp_err_status_t>(28);
static constexpr srtp_err_status_t srtp_err_status_cryptex_err = static_cast<srtp_err_status_t>(29);

namespace srtp3_over_srtp2
{
	// `*outLen` is the room on entry and the length written on success, as in libsrtp 3.
	template<typename InPlace>
	inline srtp_err_status_t OutOfPlace(
	  InPlace inPlace, size_t growth, srtp_t ctx, const uint8_t* in, size_t inLen, uint8_t* out, size_t* outLen)
	{
		if (inLen + growth > *outLen)
		{
			return srtp_err_status_buffer_small;
		}

		if (in != out)
		{
			std::memmove(out, in, inLen);
		}

		int len = static_cast<int>(inLen);
		const srtp_err_status_t status = inPlace(ctx, out, &len);

		if (status == srtp_err_status_ok)
		{
			*outLen = static_cast<size_t>(len);
		}

		return status;
	}

	using InPlaceFunction = srtp_err_status_t (*)(srtp_t, void*, int*);
	static constexpr InPlaceFunction Protect = &srtp_protect;
	static constexpr InPlaceFunction Unprotect = &srtp_unprotect;
	static constexpr InPlaceFunction ProtectRtcp = &srtp_protect_rtcp;
	static constexpr InPlaceFunction UnprotectRtcp = &srtp_unprotect_rtcp;
	// An SRTCP packet carries 4 octets of index on top of the SRTP trailer.
	static constexpr size_t RtpGrowth = SRTP_MAX_TRAILER_LEN;
	static constexpr size_t RtcpGrowth = SRTP_MAX_TRAILER_LEN + 4;
} // namespace srtp3_over_srtp2

inline srtp_err_status_t srtp_protect(
  srtp_t ctx, const uint8_t* rtp, size_t rtpLen, uint8_t* srtp, size_t* srtpLen, size_t /*mkiIndex*/)
{
	using namespace srtp3_over_srtp2;
	return OutOfPlace(Protect, RtpGrowth, ctx, rtp, rtpLen, srtp, srtpLen);
}

inline srtp_err_status_t srtp_unprotect(
  srtp_t ctx, const uint8_t* srtp, size_t srtpLen, uint8_t* rtp, size_t* rtpLen)
{
	using namespace srtp3_over_srtp2;
	return OutOfPlace(Unprotect, 0, ctx, srtp, srtpLen, rtp, rtpLen);
}

inline srtp_err_status_t srtp_protect_rtcp(
  srtp_t ctx, const uint8_t* rtcp, size_t rtcpLen, uint8_t* srtcp, size_t* srtcpLen, size_t /*mkiIndex*/)
{
	using namespace srtp3_over_srtp2;
	return OutOfPlace(ProtectRtcp, RtcpGrowth, ctx, rtcp, rtcpLen, srtcp, srtcpLen);
}

inline srtp_err_status_t srtp_unprotect_rtcp(
  srtp_t ctx, const uint8_t* srtcp, size_t srtcpLen, uint8_t* rtcp, size_t* rtcpLen)
{
	using namespace srtp3_over_srtp2;
	return OutOfPlace(UnprotectRtcp, 0, ctx, srtcp, srtcpLen, rtcp, rtcpLen);
}

// Both versions take the SSRC in network byte order.
inline srtp_err_status_t srtp_stream_remove(srtp_t ctx, uint32_t ssrc)
{
	return srtp_remove_stream(ctx, ssrc);
}

#endif
