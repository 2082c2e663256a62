/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "anchor/root.h"

#include "base/log.h"
#include "store/file.h"

#define ANCHOR_NAME "anchor"
#define ANCHOR_MAX 8192

enum err
anchor_read(int dir, struct msg *out)
{
	int fd OWNED(fd_drop) = -1;
	uint8_t buf[ANCHOR_MAX];
	uint64_t len;

	TRY(file_look(dir, ANCHOR_NAME, &fd));
	TRY(file_size(fd, &len));
	if (len > sizeof(buf))
		return log_err(ERR_MALFORMED, "anchor: it is too long");
	TRY(file_read(fd, 0, buf, len));
	if (wire_decode_object(MSG_anchor, (struct span){ buf, len }, out) !=
	    ERR_OK)
		return log_err(ERR_MALFORMED, "anchor: it is damaged; restore "
		    "the state directory or hold a new ceremony");
	return ERR_OK;
}

enum err
anchor_write(int dir, const struct msg *anchor)
{
	uint8_t buf[ANCHOR_MAX];
	size_t len = 0;

	TRY(wire_encode_object(anchor, buf, sizeof(buf), &len));
	return file_replace(dir, ANCHOR_NAME, &(struct span){ buf, len }, 1);
}
