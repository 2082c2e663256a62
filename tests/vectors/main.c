/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/vectors/vectors.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/*
 * Walk a folder of conformance vectors (tests/vectors/run DIR): every folder
 * in it is a topic, every document under that one of the topic's formats.
 * Status 1 when a case failed, or was not understood in a topic where each
 * has to be; 2 when there is nothing to walk.
 */
static const struct topic topics[] = {
	{ "aead_kw",	 false,	wycheproof,	  NULL,	     NULL },
	{ "anchorhold",	 true,	protocol_formats, NULL,	     protocol_learn },
	{ "cbor",	 true,	cbor_formats,	  NULL,	     NULL },
	{ "cose_ecdh",	 true,	foreign_formats,  NULL,	     NULL },
	{ "cose_encrypt0", true, foreign_formats, NULL,	     NULL },
	{ "cose_mac0",	 true,	foreign_formats,  NULL,	     NULL },
	{ "cose_sign1",	 true,	sign1_formats,	  NULL,	     NULL },
	{ "cwt",	 true,	cwt_formats,	  NULL,	     NULL },
	{ "ecdh",	 false,	wycheproof,	  NULL,	     NULL },
	{ "ecdsa_p256",	 true,	wycheproof,	  NULL,	     NULL },
	{ "ed25519",	 true,	wycheproof,	  NULL,	     NULL },
	{ "ek_certs",	 true,	ek_cert_formats,  NULL,	     NULL },
	{ "hkdf_hmac",	 true,	wycheproof,	  NULL,	     NULL },
	{ "hmac_drbg",	 false,	wycheproof,	  drbg_text, NULL },
	{ "luks2",	 true,	luks_formats,	  NULL,	     NULL },
	{ "otp",	 true,	otp_formats,	  NULL,	     NULL },
	{ "otpauth",	 true,	otpauth_formats,  NULL,	     NULL },
	{ "rsa_tpm",	 true,	wycheproof,	  NULL,	     NULL },
	{ "tcg_eventlog", true,	eventlog_formats, NULL,	     NULL },
	{ "tpm_makecred", true,	makecred_formats, NULL,	     NULL },
	{ "tpm_quote",	 true,	quote_formats,	  NULL,	     NULL },
	{ "uuid",	 false,	uuid_formats,	  NULL,	     NULL },
};

enum verdict { PASSED, FAILED, REFUSED, UNKNOWN, VERDICTS };

struct reason {
	char	text[96];
	size_t	n;
};

struct tally {
	const struct topic	*topic;
	const char		*file;
	char			 label[128];
	size_t			 n[VERDICTS];
	size_t			 asides;	/* documents without cases */
	struct reason		 reasons[64];
};

void
at_case(struct tally *t, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)!vsnprintf(t->label, sizeof(t->label), format, args);
	va_end(args);
}

const char *
document_path(const struct tally *t)
{
	return t->file;
}

void
passed(struct tally *t)
{
	t->n[PASSED]++;
}

static void __attribute__((format(printf, 3, 0)))
tell(struct tally *t, const char *how, const char *format, va_list args)
{
	printf("%s: %s: %s: ", how, t->file, t->label);
	vprintf(format, args);
	putchar('\n');
}

void
failed(struct tally *t, const char *format, ...)
{
	va_list args;

	t->n[FAILED]++;
	va_start(args, format);
	tell(t, "failed", format, args);
	va_end(args);
}

void
unknown(struct tally *t, const char *format, ...)
{
	va_list args;

	t->n[UNKNOWN]++;
	va_start(args, format);
	tell(t, "not understood", format, args);
	va_end(args);
}

void
refused(struct tally *t, const char *format, ...)
{
	struct reason *r = t->reasons;
	char text[sizeof(r->text)];
	va_list args;

	t->n[REFUSED]++;
	va_start(args, format);
	(void)!vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* The last place collects what finds no other. */
	while (r < &t->reasons[63] && r->n > 0 && strcmp(r->text, text) != 0)
		r++;
	if (r->n++ == 0)
		memcpy(r->text, text, sizeof(text));
}

static void
print_hex(struct span s)
{
	for (size_t i = 0; i < s.len && i < 48; i++)
		printf("%02x", s.at[i]);
	printf("%s (%zu)", s.len > 48 ? "..." : "", s.len);
}

bool
same(struct tally *t, const char *what, struct span got, struct span want)
{
	if (span_equal(got, want))
		return true;
	failed(t, "%s differs", what);
	printf("\tgot  ");
	print_hex(got);
	printf("\n\twant ");
	print_hex(want);
	printf("\n");
	return false;
}

bool
worked(struct tally *t, const char *what, enum err e)
{
	if (e != ERR_OK)
		failed(t, "%s: %s", what, err_text(e));
	return e == ERR_OK;
}

void
judged(struct tally *t, bool wanted, bool accepted)
{
	if (wanted == accepted)
		passed(t);
	else
		failed(t, accepted ? "accepted" : "not accepted");
}

/* A whole file, NUL after it. */
static struct bytes
contents(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct bytes b = { 0 };
	struct stat st;

	if (f == NULL || fstat(fileno(f), &st) != 0) {
		perror(path);
		exit(2);
	}
	b = bytes_new((size_t)st.st_size);
	b.len = fread(b.at, 1, b.len, f);
	fclose(f);
	return b;
}

static bool
starts_as_json(const char *text)
{
	text += strspn(text, " \t\r\n");
	return *text == '{' || *text == '[';
}

static void
run_json(struct tally *t, const json_t *doc)
{
	const struct format *f = t->topic->formats;

	while (f->fits != NULL && !f->fits(doc))
		f++;
	if (f->fits != NULL)
		f->run(t, doc);
	else
		unknown(t, "a document of no known shape");
}

static void
run_document(struct tally *t, struct bytes b, bool learning)
{
	char *text = (char *)b.at;
	size_t before = 0;
	json_t *doc;

	at_case(t, "the document");
	doc = json_loadb(text, b.len, 0, NULL);
	if (doc == NULL && !learning && t->topic->text != NULL &&
	    t->topic->text(t, text))
		return;
	for (int i = 0; i < VERDICTS; i++)
		before += t->n[i];
	if (learning) {
		if (doc != NULL && t->topic->learn != NULL)
			t->topic->learn(doc);
	} else if (doc == NULL && starts_as_json(text)) {
		unknown(t, "not JSON");
	} else if (doc == NULL) {
		t->asides++;
	} else {
		run_json(t, doc);
		for (int i = 0; i < VERDICTS; i++)
			before -= t->n[i];
		if (before == 0)
			unknown(t, "no case in it");
	}
	json_decref(doc);
}

static int
walk(struct tally *t, const char *folder, bool learning)
{
	struct dirent **names = NULL;
	int n = scandir(folder, &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char path[4096];
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", folder,
		    names[i]->d_name);
		if (names[i]->d_name[0] != '.' && stat(path, &st) == 0) {
			t->file = path;
			if (S_ISDIR(st.st_mode)) {
				walk(t, path, learning);
			} else {
				struct bytes b OWNED(bytes_drop) =
				    contents(path);

				run_document(t, b, learning);
			}
		}
		free(names[i]);
	}
	free(names);
	return n;
}

static void
print_reasons(const struct tally *t)
{
	for (const struct reason *r = t->reasons; r->n > 0; r++)
		printf("%12s %6zu refused on purpose: %s\n", "", r->n,
		    r->text);
	if (t->asides > 0)
		printf("%12s %6zu files without cases\n", "", t->asides);
}

/* The status of one topic: 0, or 1 when it is not as it must be. */
static int
run_topic(const struct topic *topic, const char *folder)
{
	struct tally t = { .topic = topic };

	if (topic->learn != NULL)
		walk(&t, folder, true);
	walk(&t, folder, false);
	printf("%-13s %6zu passed, %zu failed, %zu refused on purpose, "
	    "%zu not understood\n", topic->name, t.n[PASSED], t.n[FAILED],
	    t.n[REFUSED], t.n[UNKNOWN]);
	print_reasons(&t);
	return t.n[FAILED] > 0 || (topic->required && t.n[UNKNOWN] > 0);
}

static const struct topic *
find_topic(const char *name)
{
	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
		if (strcmp(topics[i].name, name) == 0)
			return &topics[i];
	return NULL;
}

int
main(int argc, char **argv)
{
	struct dirent **names = NULL;
	int n = argc == 2 ? scandir(argv[1], &names, NULL, alphasort) : -1;
	int status = 0;

	if (n < 0) {
		fprintf(stderr, "usage: vectors DIR\n");
		return 2;
	}
	for (int i = 0; i < n; i++) {
		const struct topic *topic = find_topic(names[i]->d_name);
		char path[4096];
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", argv[1],
		    names[i]->d_name);
		if (names[i]->d_name[0] == '.' || stat(path, &st) != 0 ||
		    !S_ISDIR(st.st_mode))
			;
		else if (topic == NULL)
			printf("%-13s        not implemented yet\n",
			    names[i]->d_name);
		else
			status |= run_topic(topic, path);
		free(names[i]);
	}
	free(names);
	return status;
}
