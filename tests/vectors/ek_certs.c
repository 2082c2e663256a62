/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/vectors/vectors.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/x509.h"

/*
 * Certificates of manufacturers: an index that tells, of files beside it,
 * which directory they lead to and what is in them.
 */

static bool
fits(const json_t *doc)
{
	const json_t *front = json_array_get(doc, 0);

	return has(front, "chain_dir") &&
	    has(front, "chain_valid_ignoring_time");
}

/* A path beside the index. */
static void
beside(const struct tally *t, const char *name, char path[static 4096])
{
	const char *index = document_path(t);
	const char *slash = strrchr(index, '/');
	const int n = slash == NULL ? 0 : (int)(slash + 1 - index);

	(void)!snprintf(path, 4096, "%.*s%s", n, index, name);
}

static struct bytes
file_of(const char *path)
{
	struct bytes b = bytes_new(X509_FILE_MAX);
	FILE *f = fopen(path, "rb");

	b.len = f == NULL ? 0 : fread(b.at, 1, b.len, f);
	if (f != NULL)
		fclose(f);
	return b;
}

/* The certificate itself, out of NV's padding or of PEM. */
static struct bytes
der_of(struct bytes file)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	char *text = strstr((char *)file.at, begin);
	struct span inner;
	struct bytes der;

	if (text != NULL) {
		json_t *json = json_string(text + strlen(begin));
		json_t *object = json_pack("{so}", "pem", json);
		char *end = strstr(text, "-----END");

		if (end != NULL)
			json_string_setn(json, text + strlen(begin),
			    (size_t)(end - text) - strlen(begin));
		der = base64_of(object, "pem");
		json_decref(object);
		return der;
	}
	if (x509_trim(span_of(file), &inner) != ERR_OK)
		return (struct bytes){ 0 };
	der = bytes_new(inner.len);
	memcpy(der.at, inner.at, inner.len);
	return der;
}

/* What x509_ek() has to find, by what the index tells of it. */
static enum x509_verdict
told(const json_t *json)
{
	const char *usage = text_of(json, "keyusage");
	const bool is_ca = strncmp(text_of(json, "basic"), "CA:TRUE", 7) == 0;

	return is_ca ? CERT_CA : !truth_of(json, "eku_ek") ? CERT_PURPOSE :
	    strcmp(usage, "Digital Signature") == 0 ? CERT_USAGE : CERT_GOOD;
}

static void
run_file(struct tally *t, const json_t *json, const char *path,
    const struct x509_anchors *anchors)
{
	struct bytes file OWNED(bytes_drop) = file_of(path);
	struct bytes der OWNED(bytes_drop) = der_of(file);
	const int64_t len = number_of(json, "cert_len");
	const enum x509_verdict ek = x509_ek(span_of(der), NULL);
	const enum x509_verdict chain = x509_chain(anchors, span_of(der),
	    (struct span){ }, X509_ANY_TIME);

	if (len >= 0 && (size_t)len != der.len)
		failed(t, "%zu bytes, not %lld", der.len, (long long)len);
	else if (ek != told(json))
		failed(t, "it %s, not: it %s", x509_text(ek),
		    x509_text(told(json)));
	else
		judged(t, truth_of(json, "chain_valid_ignoring_time"),
		    chain == CERT_GOOD);
}

/* One star stands for anything. */
static bool
is_named(const char *pattern, const char *name)
{
	const char *star = strchr(pattern, '*');
	const size_t head = star == NULL ? 0 : (size_t)(star - pattern);
	const size_t tail = star == NULL ? 0 : strlen(star + 1);

	if (star == NULL)
		return strcmp(pattern, name) == 0;
	return strlen(name) >= head + tail &&
	    strncmp(pattern, name, head) == 0 &&
	    strcmp(star + 1, name + strlen(name) - tail) == 0;
}

/* Every file of that name, in the folder before it. */
static void
run_files(struct tally *t, const json_t *json,
    const struct x509_anchors *anchors)
{
	const char *file = text_of(json, "file");
	const char *slash = strrchr(file, '/');
	const int len = slash == NULL ? 0 : (int)(slash + 1 - file);
	struct dirent **names = NULL;
	char folder[4096], path[4096], name[512];
	size_t seen = 0;
	int n;

	(void)!snprintf(name, sizeof(name), "%.*s", len, file);
	beside(t, name, folder);
	n = scandir(folder, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (is_named(file + len, names[i]->d_name)) {
			seen++;
			(void)!snprintf(path, sizeof(path), "%.3000s%.500s",
			    folder, names[i]->d_name);
			run_file(t, json, path, anchors);
		}
		free(names[i]);
	}
	free(names);
	if (seen == 0)
		failed(t, "no such file");
}

static void
run_case(struct tally *t, const json_t *json)
{
	struct x509_anchors *anchors OWNED(x509_anchors_drop) = NULL;
	char path[4096];

	at_case(t, "%s", text_of(json, "file"));
	beside(t, text_of(json, "chain_dir"), path);
	if (worked(t, "the anchors", x509_anchors_read(path, &anchors)))
		run_files(t, json, anchors);
}

static void
run(struct tally *t, const json_t *doc)
{
	json_t *json;
	size_t i;

	json_array_foreach(doc, i, json)
		run_case(t, json);
}

const struct format ek_cert_formats[] = {
	{ fits, run },
	{ 0 }
};
