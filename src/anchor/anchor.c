/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "anchor/make.h"

#include "base/log.h"
#include "store/file.h"

#define ANCHOR_NAME "anchor"
#define ANCHOR_MADE "anchor.made"
#define ANCHOR_MAX 16384

static enum err
read_as(int dir, const char *name, struct msg *out)
{
	int fd OWNED(fd_drop) = -1;
	uint8_t buf[ANCHOR_MAX];
	uint64_t len;

	TRY(file_look(dir, name, &fd));
	TRY(file_size(fd, &len));
	if (len > sizeof(buf))
		return log_err(ERR_MALFORMED, "%s: it is too long", name);
	TRY(file_read(fd, 0, buf, len));
	if (wire_decode_object(MSG_anchor, (struct span){ buf, len }, out) !=
	    ERR_OK)
		return log_err(ERR_MALFORMED, "%s: it is damaged, or of "
		    "another version; restore the state directory or hold a "
		    "new ceremony", name);
	return ERR_OK;
}

static enum err
write_as(int dir, const char *name, const struct msg *anchor)
{
	uint8_t buf[ANCHOR_MAX];
	size_t len = 0;

	TRY(wire_encode_object(anchor, buf, sizeof(buf), &len));
	return file_replace(dir, name, &(struct span){ buf, len }, 1);
}

enum err
anchor_read(int dir, struct msg *out)
{
	return read_as(dir, ANCHOR_NAME, out);
}

enum err
anchor_write(int dir, const struct msg *anchor)
{
	return write_as(dir, ANCHOR_NAME, anchor);
}

enum err
anchor_read_made(int dir, struct msg *out)
{
	return read_as(dir, ANCHOR_MADE, out);
}

enum err
anchor_write_made(int dir, const struct msg *anchor)
{
	return write_as(dir, ANCHOR_MADE, anchor);
}

enum err
anchor_finish(int dir)
{
	TRY(file_rename(dir, ANCHOR_MADE, ANCHOR_NAME));
	return file_sync_dir(dir);
}
