/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "anchor/quote.h"

#include "base/log.h"

enum err
root_quote(struct root *r, const struct msg_anchor *anchor,
    const uint8_t qualifying[static 32], struct tpm_quote *out)
{
	const struct tpm_pcr_select select = {
		.bank = (uint16_t)anchor->bank,
		.mask = (uint32_t)anchor->pcrs | (anchor->cap != 0 ?
		    UINT32_C(1) << anchor->cap : 0),
	};
	struct tpm_blob ak = { .pub_len = anchor->ak_pub.len,
		.priv_len = anchor->ak_priv.len };

	if (ak.pub_len > sizeof(ak.pub) || ak.priv_len > sizeof(ak.priv))
		return log_err(ERR_MALFORMED, "anchor: an object is too "
		    "large");
	memcpy(ak.pub, anchor->ak_pub.at, ak.pub_len);
	memcpy(ak.priv, anchor->ak_priv.at, ak.priv_len);
	return tpm_quote(r->tpm, &ak, r->ak_auth, select, qualifying, out);
}
