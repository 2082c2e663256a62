/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_VECTORS_VECTORS_H
#define TESTS_VECTORS_VECTORS_H

/*
 * What the conformance vectors are run with.  A topic is a folder; a format
 * is the shape of a document's JSON, whatever its file is called and however
 * many cases are in it.  Each case ends in exactly one of four ways, said
 * with the four functions below.
 *
 * Knows jansson and the rooms under test.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"
#include "base/own.h"
#include "base/span.h"

struct tally;

struct format {
	/* The shape: true when run() knows this document. */
	bool	(*fits)(const json_t *doc);
	void	(*run)(struct tally *t, const json_t *doc);
};

struct topic {
	const char		*name;
	bool			 required;	/* nothing may be unknown */
	const struct format	*formats;	/* ends with an empty one */
	/* Not JSON: true when it held cases.  May be NULL. */
	bool			(*text)(struct tally *t, char *text);
	/* Sees every document of the topic before the first is run. */
	void			(*learn)(const json_t *doc);
};

/* What the next verdict is about: a number, a title. */
void	at_case(struct tally *t, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));

/* Where the document lies. */
const char *document_path(const struct tally *t);

void	passed(struct tally *t);
void	failed(struct tally *t, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));
/* On purpose, for this reason; reasons are counted. */
void	refused(struct tally *t, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));
void	unknown(struct tally *t, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));

/* Failed, saying both, unless they are the same; true when they are. */
bool	same(struct tally *t, const char *what, struct span got,
	    struct span want);
/* Failed unless e is ERR_OK; true when it is. */
bool	worked(struct tally *t, const char *what, enum err e);
/* Passed or failed: accepted must be wanted. */
void	judged(struct tally *t, bool wanted, bool accepted);

/* Bytes of one's own; they are followed by a NUL. */
struct bytes {
	uint8_t	*at;
	size_t	 len;
};

void	bytes_drop(struct bytes *b);
struct bytes bytes_new(size_t len);

static inline struct span
span_of(struct bytes b)
{
	return (struct span){ b.at, b.len };
}

/* Members of an object, by a path like "a.b"; NULL, "", -1 or false when
 * there is none of that kind. */
const json_t *member(const json_t *object, const char *path);
const char *text_of(const json_t *object, const char *path);
int64_t	number_of(const json_t *object, const char *path);
bool	truth_of(const json_t *object, const char *path);
bool	has(const json_t *object, const char *path);

/* Bytes of hex, base64 (either alphabet) in a text member; empty when there
 * is none. */
struct bytes hex_of(const json_t *object, const char *path);
struct bytes base64_of(const json_t *object, const char *path);
/* The first object of a PEM text. */
struct bytes pem_of(const json_t *object, const char *path);
struct bytes bytes_of_hex(const char *text);

extern const struct format wycheproof[], cbor_formats[], sign1_formats[],
    foreign_formats[], cwt_formats[], otp_formats[], uuid_formats[],
    protocol_formats[], eventlog_formats[], luks_formats[], otpauth_formats[],
    makecred_formats[], ek_cert_formats[], quote_formats[];

bool	drbg_text(struct tally *t, char *text);
void	protocol_learn(const json_t *doc);

#endif
