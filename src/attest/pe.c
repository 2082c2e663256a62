/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/pe.h"

#include "attest/bytes.h"

#define ROW_LEN		40	/* of a section */
#define SECURITY	4	/* which data directory */

/* Where things are in the file. */
struct image {
	struct span	file;
	size_t		checksum;	/* 4 bytes */
	size_t		directory;	/* 8 bytes; 0: none */
	size_t		headers;	/* they end there */
	size_t		rows, nrows;	/* of sections */
	size_t		signatures;	/* bytes at the end */
};

/* What is not in the file is 0. */
static uint32_t
number(struct span file, size_t at, size_t size)
{
	return (uint32_t)little(file, at, size);
}

/* The optional header, at opt: PE32 or PE32+, which differ by 16 bytes. */
static enum err
read_optional(struct image *i, size_t opt)
{
	const uint32_t magic = number(i->file, opt, 2);
	const size_t count = opt + (magic == 0x20b ? 108 : 92);
	const size_t entry = count + 4 + 8 * SECURITY;

	if (magic != 0x10b && magic != 0x20b)
		return ERR_MALFORMED;
	i->checksum = opt + 64;
	i->headers = number(i->file, opt + 60, 4);
	if (number(i->file, count, 4) > SECURITY) {
		i->directory = entry;
		i->signatures = number(i->file, entry + 4, 4);
	}
	return i->headers >= (i->directory != 0 ? i->directory + 8 :
	    i->checksum + 4) ? ERR_OK : ERR_MALFORMED;
}

static enum err
read_image(struct span file, struct image *out)
{
	struct image i = { .file = file };
	const size_t head = number(file, 60, 4);

	if (number(file, 0, 2) != 0x5a4d || number(file, head, 4) != 0x4550)
		return ERR_MALFORMED;
	TRY(read_optional(&i, head + 24));
	i.nrows = number(file, head + 6, 2);
	i.rows = head + 24 + number(file, head + 20, 2);
	if (i.nrows > PE_SECTIONS_MAX || i.rows > file.len ||
	    i.nrows * ROW_LEN > file.len - i.rows)
		return ERR_MALFORMED;
	*out = i;
	return ERR_OK;
}

static enum err
raw(const struct image *i, size_t row, struct span *out)
{
	const size_t at = i->rows + row * ROW_LEN;
	const size_t len = number(i->file, at + 16, 4);
	const size_t from = number(i->file, at + 20, 4);

	if (from > i->file.len || len > i->file.len - from)
		return ERR_MALFORMED;
	*out = (struct span){ i->file.at + from, len };
	return ERR_OK;
}

/* By where they begin. */
static void
put_in_order(struct span *parts, size_t n, struct span one)
{
	for (; n > 0 && parts[n - 1].at > one.at; n--)
		parts[n] = parts[n - 1];
	parts[n] = one;
}

/* headers without checksum and directory entry | sections | what is behind
 * them, but for the signatures */
enum err
pe_digest(struct span file, enum hash_alg alg, uint8_t *out)
{
	struct span parts[4 + PE_SECTIONS_MAX] = { };
	struct image i;
	size_t sum, n = 3, from;

	TRY(read_image(file, &i));
	from = i.checksum + 4;
	parts[0] = (struct span){ file.at, i.checksum };
	if (i.directory != 0) {
		parts[1] = (struct span){ file.at + from,
		    i.directory - from };
		from = i.directory + 8;
	}
	parts[2] = (struct span){ file.at + from, i.headers - from };
	sum = i.headers;
	for (size_t row = 0; row < i.nrows; row++) {
		struct span one;

		TRY(raw(&i, row, &one));
		put_in_order(parts + 3, n - 3, one);
		sum += one.len;
		n++;
	}
	if (sum > file.len || i.signatures > file.len - sum)
		return ERR_MALFORMED;
	parts[n++] = (struct span){ file.at + sum,
	    file.len - sum - i.signatures };
	return hash_parts(alg, parts, n, out);
}

enum err
pe_section(struct span file, size_t i, struct pe_section *out)
{
	struct pe_section s;
	struct image image;
	size_t at, len;

	if (read_image(file, &image) != ERR_OK || i >= image.nrows ||
	    raw(&image, i, &s.data) != ERR_OK)
		return ERR_NOT_FOUND;
	at = image.rows + i * ROW_LEN;
	s.name = (struct span){ file.at + at, strnlen((const char *)file.at +
	    at, 8) };
	len = number(file, at + 8, 4);
	s.data.len = len <= s.data.len ? len : 0;
	*out = s;
	return ERR_OK;
}
