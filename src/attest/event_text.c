/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/event_text.h"

#define GUID_TEXT 36

/* What stands between blanks, or between quotes. */
struct token {
	struct span	text;
	bool		quoted;
};

static enum err
bad(struct event_text *t, const char *why)
{
	t->why = why;
	return ERR_MALFORMED;
}

static struct span
cut(struct span *rest, size_t len, size_t more)
{
	const struct span one = { rest->at, len };

	*rest = (struct span){ rest->at + len + more, rest->len - len - more };
	return one;
}

/* NOT_FOUND at the end of the line, or where a comment begins. */
static enum err
next_token(struct event_text *t, struct span *line, struct token *out)
{
	size_t n = 0;

	while (line->len > 0 && (*line->at == ' ' || *line->at == '\t'))
		(void)cut(line, 0, 1);
	*out = (struct token){ .quoted = line->len > 0 && *line->at == '"' };
	if (line->len == 0 || *line->at == '#')
		return ERR_NOT_FOUND;
	if (out->quoted)
		(void)cut(line, 0, 1);
	while (n < line->len && (out->quoted ? line->at[n] != '"' :
	    line->at[n] != ' ' && line->at[n] != '\t'))
		n++;
	if (out->quoted && n == line->len)
		return bad(t, "a quote is not closed");
	out->text = cut(line, n, out->quoted);
	return ERR_OK;
}

static enum err
need(struct event_text *t, struct span *line, struct token *out,
    const char *why)
{
	const enum err e = next_token(t, line, out);

	return e == ERR_NOT_FOUND ? bad(t, why) : e;
}

static bool
is(const struct token *k, const char *word)
{
	return !k->quoted && span_equal(k->text, span_text(word));
}

/* Decimal digits from the front, up to max. */
static bool
take_number(struct span *s, uint64_t max, uint64_t *out)
{
	const size_t had = s->len;

	for (*out = 0; s->len > 0 && *s->at >= '0' && *s->at <= '9';) {
		*out = *out * 10 + (uint64_t)(*s->at - '0');
		if (*out > max)
			return false;
		(void)cut(s, 0, 1);
	}
	return s->len < had;
}

/* "1", "0..1", "1.." */
static enum err
take_times(struct event_text *t, const struct token *k,
    struct msg_event_rule *r)
{
	static const char why[] = "TIMES is like 1, 0..1 or 1..";
	struct span s = k->text;

	if (k->quoted || !take_number(&s, UINT16_MAX, &r->least))
		return bad(t, why);
	r->most = r->least;
	if (s.len >= 2 && memcmp(s.at, "..", 2) == 0) {
		(void)cut(&s, 0, 2);
		r->most = UINT16_MAX;
		if (s.len > 0 && !take_number(&s, UINT16_MAX, &r->most))
			return bad(t, why);
	}
	if (s.len > 0)
		return bad(t, why);
	return r->most > 0 && r->least <= r->most ? ERR_OK :
	    bad(t, "so often no event can meet it");
}

static int
digit(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	    c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Digits behind what is there of the value. */
static enum err
add_hex(struct event_text *t, struct span hex, struct span *value)
{
	if (hex.len == 0 || hex.len % 2 != 0)
		return bad(t, "not an even number of hexadecimal digits");
	if (hex.len / 2 > sizeof(t->value) - value->len)
		return bad(t, "longer than 1024 bytes");
	for (size_t i = 0; i < hex.len; i += 2) {
		const int high = digit(hex.at[i]), low = digit(hex.at[i + 1]);

		if (high < 0 || low < 0)
			return bad(t, "neither hexadecimal digits nor text "
			    "in quotes");
		t->value[value->len++] = (uint8_t)(high << 4 | low);
	}
	return ERR_OK;
}

static bool
is_printable(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] < ' ' || s.at[i] > '~')
			return false;
	return true;
}

static enum err
add_bytes(struct event_text *t, const struct token *k, struct span *value)
{
	if (!k->quoted)
		return add_hex(t, k->text, value);
	if (k->text.len == 0 || !is_printable(k->text))
		return bad(t, "in quotes stands printable ASCII");
	if (k->text.len > sizeof(t->value) - value->len)
		return bad(t, "longer than 1024 bytes");
	memcpy(t->value + value->len, k->text.at, k->text.len);
	value->len += k->text.len;
	return ERR_OK;
}

/* How the 16 bytes of a GUID lie in its text (UEFI 2.10, appendix A): the
 * first three numbers are little-endian. */
static const uint8_t guid_order[16] = {
	3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15
};

static bool
has_dash(size_t i)
{
	return i == 4 || i == 6 || i == 8 || i == 10;
}

static enum err
add_guid(struct event_text *t, struct span text, struct span *value)
{
	static const char why[] = "the GUID is not like "
	    "8be4df61-93ca-11d2-aa0d-00e098032b8c";
	size_t at = 0;

	if (text.len != GUID_TEXT)
		return bad(t, why);
	for (size_t i = 0; i < 16; i++) {
		if (has_dash(i) && text.at[at++] != '-')
			return bad(t, why);
		if (digit(text.at[at]) < 0 || digit(text.at[at + 1]) < 0)
			return bad(t, why);
		t->value[guid_order[i]] = (uint8_t)(digit(text.at[at]) << 4 |
		    digit(text.at[at + 1]));
		at += 2;
	}
	value->len = 16;
	return ERR_OK;
}

/* GUID NAME, or all of it in digits. */
static enum err
take_variable(struct event_text *t, struct span *line, struct span *value)
{
	struct token k;

	TRY(need(t, line, &k, "behind variable belong a GUID and a name"));
	if (k.text.len != GUID_TEXT || k.quoted || k.text.at[8] != '-')
		return add_bytes(t, &k, value);
	TRY(add_guid(t, k.text, value));
	TRY(need(t, line, &k, "behind the GUID belongs a name"));
	if (k.text.len == 0 || !is_printable(k.text))
		return bad(t, "a variable's name is of printable ASCII; "
		    "write all of it in digits");
	if (k.text.len > 120)
		return bad(t, "a variable's name has 120 characters at most");
	for (size_t i = 0; i < k.text.len; i++) {
		t->value[value->len++] = k.text.at[i];
		t->value[value->len++] = 0;
	}
	return ERR_OK;
}

/* Up to the words. */
static enum err
take_digests(struct event_text *t, struct span *line, struct span *value)
{
	const size_t len = bank_len(t->alg);
	struct span ahead = *line;
	struct token k;

	while (next_token(t, &ahead, &k) == ERR_OK && !k.quoted) {
		if (k.text.len != 2 * len)
			return bad(t, "a digest has other than as many "
			    "digits as its bank's have");
		TRY(add_hex(t, k.text, value));
		*line = ahead;
	}
	return value->len > 0 ? ERR_OK :
	    bad(t, "behind digests belongs one, or more");
}

static enum err
take_what(struct event_text *t, struct span *line, struct msg_event_rule *r)
{
	struct span value = { t->value, 0 };
	struct token k;

	TRY(need(t, line, &k, "WHAT is missing"));
	r->has_digests = is(&k, "digests");
	r->has_variable = is(&k, "variable");
	r->has_data = is(&k, "data");
	r->has_prefix = is(&k, "prefix");
	if (r->has_digests) {
		TRY(take_digests(t, line, &value));
	} else if (r->has_variable) {
		TRY(take_variable(t, line, &value));
	} else if (r->has_data || r->has_prefix) {
		TRY(need(t, line, &k, "the bytes are missing"));
		TRY(add_bytes(t, &k, &value));
	} else {
		return bad(t, "WHAT is digests, data, prefix or variable");
	}
	*(r->has_digests ? &r->digests : r->has_variable ? &r->variable :
	    r->has_data ? &r->data : &r->prefix) = value;
	if (r->has_prefix && value.len < 8)
		return bad(t, "a prefix has 8 bytes at least");
	return !r->has_variable || (value.len >= 18 && value.len <= 256 &&
	    value.len % 2 == 0) ? ERR_OK :
	    bad(t, "a variable has 18 to 256 bytes, GUID and UTF-16");
}

static enum err
take_words(struct event_text *t, struct span *line, struct msg_event_rule *r)
{
	struct token k;

	TRY(need(t, line, &k, "the words at the end are missing"));
	if (!k.quoted || !is_printable(k.text))
		return bad(t, "at the end belong words, in quotes and of "
		    "printable ASCII");
	if (k.text.len == 0 || WIRE_SET_TEXT(r->words, k.text) != ERR_OK)
		return bad(t, "the words have 1 to 256 characters");
	return next_token(t, line, &k) == ERR_NOT_FOUND ? ERR_OK :
	    bad(t, "nothing belongs behind the words");
}

/* BUSY for a line without a rule. */
static enum err
take_line(struct event_text *t, struct span line, struct msg_event_rule *r)
{
	struct token k;
	enum err e = next_token(t, &line, &k);

	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_BUSY : e;
	*r = (struct msg_event_rule){ .pcr = 0 };
	if (k.quoted || !take_number(&k.text, BANK_PCRS - 1, &r->pcr) ||
	    k.text.len > 0)
		return bad(t, "a rule begins with its PCR, 0 to 23");
	TRY(need(t, &line, &k, "TIMES is missing"));
	TRY(take_times(t, &k, r));
	TRY(need(t, &line, &k, "WHERE is missing"));
	r->ordered = is(&k, "ordered");
	if (!r->ordered && !is(&k, "anywhere"))
		return bad(t, "WHERE is ordered or anywhere");
	TRY(take_what(t, &line, r));
	return take_words(t, &line, r);
}

enum err
event_text_next(struct event_text *t, struct msg_event_rule *rule)
{
	enum err e = ERR_BUSY;

	while (e == ERR_BUSY) {
		const uint8_t *end;

		if (t->rest.len == 0)
			return ERR_NOT_FOUND;
		end = memchr(t->rest.at, '\n', t->rest.len);
		t->line++;
		e = take_line(t, cut(&t->rest, end == NULL ? t->rest.len :
		    (size_t)(end - t->rest.at), end != NULL), rule);
	}
	return e;
}

enum err
event_text_encode(struct event_text *t, uint8_t *buf, size_t cap, size_t *len)
{
	struct msg one = { .type = MSG_event_rule };
	struct msg all = { .type = MSG_event_rules };
	struct wire_long *rules = &all.event_rules.rules;
	uint8_t items[EVENT_RULES_BYTES];
	size_t used = 0;
	enum err e;

	while ((e = event_text_next(t, &one.event_rule)) == ERR_OK) {
		if (rules->count++ == EVENT_RULES_MAX || wire_encode_object(
		    &one, items + used, sizeof(items) - used, len) != ERR_OK) {
			t->why = "more rules than a reference has room for";
			return ERR_LIMIT;
		}
		used += *len;
	}
	if (e != ERR_NOT_FOUND)
		return e;
	if (rules->count == 0)
		return bad(t, "there is no rule in it");
	rules->items = (struct span){ items, used };
	t->why = "more rules than a reference has room for";
	return wire_encode_object(&all, buf, cap, len);
}
