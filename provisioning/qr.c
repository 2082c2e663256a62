/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/otpauth.h"

#include <qrencode.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"

#define QUIET 2		/* modules around it; enough for a camera */
#define SIDE_MAX 177	/* of version 40 */

/* Three bytes for each half block, the colours and the end of the line. */
#define LINE_MAX_BYTES (3 * (SIDE_MAX + 2 * QUIET) + 32)

static void
code_drop(QRcode **c)
{
	if (*c == NULL)
		return;
	explicit_bzero((*c)->data, (size_t)(*c)->width * (size_t)(*c)->width);
	QRcode_free(*c);
}

static int
dark(const QRcode *c, int x, int y)
{
	return x >= 0 && y >= 0 && x < c->width && y < c->width &&
	    (c->data[y * c->width + x] & 1) != 0;
}

/* Two rows of modules in one line of text: black on white. */
static enum err
print_rows(int fd, const QRcode *c, int y)
{
	static const char *const blocks[] = { " ", "\u2584", "\u2580",
	    "\u2588" };
	char line[LINE_MAX_BYTES];
	size_t len = 0;
	ssize_t n;

	len += (size_t)snprintf(line, sizeof(line), "\033[30;107m");
	for (int x = -QUIET; x < c->width + QUIET; x++)
		len += (size_t)snprintf(line + len, sizeof(line) - len, "%s",
		    blocks[2 * dark(c, x, y) + dark(c, x, y + 1)]);
	len += (size_t)snprintf(line + len, sizeof(line) - len, "\033[0m\n");
	n = write(fd, line, len);
	explicit_bzero(line, sizeof(line));
	return n == (ssize_t)len ? ERR_OK : log_errno("draw the QR code");
}

enum err
qr_print(int fd, const struct secret *text)
{
	QRcode *c OWNED(code_drop) = QRcode_encodeData(
	    (int)secret_len(text), secret_span(text).at, 0, QR_ECLEVEL_L);

	if (c == NULL)
		return log_errno("make the QR code");
	for (int y = -QUIET; y < c->width + QUIET; y += 2)
		TRY(print_rows(fd, c, y));
	return ERR_OK;
}
