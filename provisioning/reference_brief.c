/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/reference.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/log.h"
#include "crypto/hash.h"
#include "provisioning/paper.h"

enum err
brief_read(const char *path, struct brief *out)
{
	TRY(trust_load(path, &out->t));
	out->path = path;
	if (wire_decode_object(MSG_trust_file, (struct span){ out->t.bytes,
	    out->t.len }, &out->file) != ERR_OK ||
	    wire_decode_object(MSG_trust, out->file.trust_file.object,
	    &out->m) != ERR_OK)
		return log_err(ERR_MALFORMED, "%s: not a trust file", path);
	out->sound = trust_parse(&out->t) == REASON_none;
	return ERR_OK;
}

enum err
brief_renew(struct brief *b, uint8_t buf[static TRUST_MAX])
{
	size_t len = 0;

	TRY(wire_encode_object(&b->m, buf, TRUST_MAX, &len));
	b->file = (struct msg){ .type = MSG_trust_file };
	b->file.trust_file.object = (struct span){ buf, len };
	return ERR_OK;
}

enum err
brief_write(const struct brief *b, const char *path, bool anew)
{
	uint8_t buf[TRUST_MAX];
	struct span bytes = { buf, 0 };

	TRY(wire_encode_object(&b->file, buf, sizeof(buf), &bytes.len));
	return anew ? paper_make(path, bytes) : paper_replace(path, bytes);
}

void
findings_begin(struct findings *f)
{
	if (f->json)
		fputs("{\"findings\":[", f->to);
}

void
findings_end(struct findings *f)
{
	if (f->json)
		fprintf(f->to, "],\"faults\":%zu}\n", f->faults);
}

/* A stranger's text: nothing that a terminal, or JSON, would act on. */
static void
put_text(FILE *to, const char *text)
{
	for (; *text != '\0'; text++)
		fputc(*text >= ' ' && *text <= '~' && *text != '"' &&
		    *text != '\\' ? *text : '?', to);
}

__attribute__((format(printf, 4, 0))) static void
tell(struct findings *f, bool is_fault, const char *code, const char *format,
    va_list args)
{
	char text[1024];

	vsnprintf(text, sizeof(text), format, args);
	if (f->json)
		fprintf(f->to, "%s{\"code\":\"%s\",\"fault\":%s,\"text\":\"",
		    f->n > 0 ? "," : "", code, is_fault ? "true" : "false");
	else
		fprintf(f->to, "%s%s: ", is_fault ? "FAULT " : "", code);
	put_text(f->to, text);
	fputs(f->json ? "\"}" : "\n", f->to);
	f->n++;
	f->faults += is_fault;
}

void
finding(struct findings *f, const char *code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell(f, false, code, format, args);
	va_end(args);
}

void
fault(struct findings *f, const char *code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell(f, true, code, format, args);
	va_end(args);
}

size_t
machines_of(const struct msg_trust *t,
    struct msg_reference out[static REFERENCES_MAX])
{
	struct reader r = reader_of(t->references.items);
	struct msg m;
	size_t n = 0;

	while (t->has_references && n < REFERENCES_MAX &&
	    item_done(&r) != ERR_OK &&
	    wire_next(&r, MSG_reference, &m) == ERR_OK)
		out[n++] = m.reference;
	return n;
}

static int
compare(const void *a, const void *b)
{
	const struct msg_reference *one = a, *two = b;

	return strcmp(one->vm_id.at, two->vm_id.at);
}

enum err
machines_put(struct msg_trust *t, const struct msg_reference *r,
    uint8_t room[static TRUST_MAX])
{
	static struct msg_reference all[REFERENCES_MAX + 1];
	size_t n = machines_of(t, all), at = 0, used = 0;

	while (at < n && !span_equal(WIRE_SPAN(all[at].vm_id),
	    WIRE_SPAN(r->vm_id)))
		at++;
	all[at] = *r;
	n += at == n;
	if (n > REFERENCES_MAX)
		return log_err(ERR_LIMIT, "there are %d machines already",
		    REFERENCES_MAX);
	qsort(all, n, sizeof(all[0]), compare);
	for (size_t i = 0; i < n; i++) {
		struct msg m = { .type = MSG_reference };
		size_t len = 0;

		m.reference = all[i];
		TRY(wire_encode_object(&m, room + used, TRUST_MAX - used,
		    &len));
		used += len;
	}
	t->has_references = true;
	t->references = (struct wire_long){ n, { room, used } };
	return ERR_OK;
}

enum err
capped_value(uint8_t out[static 32])
{
	static const uint8_t zero[SHA256_LEN];
	const struct span text = span_text("anchorhold/1 capped");
	uint8_t event[SHA256_LEN];
	const struct span parts[] = { SPAN(zero), SPAN(event) };

	TRY(sha256(&text, 1, event));
	return sha256(parts, 2, out);
}
