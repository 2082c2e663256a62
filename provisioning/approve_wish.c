/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/approve.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "crypto/ecdsa.h"
#include "provisioning/paper.h"
#include "wire/wire.h"

#define REQUEST_MAX 2048
#define HEX_LEN (2 * POLICY_PCR_LEN)

/* ---- what is asked for ---- */

static enum err
read_file(const char *path, uint8_t *buf, size_t *len)
{
	int fd OWNED(fd_drop) = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK |
	    O_NOCTTY);
	ssize_t n = fd == -1 ? -1 : read(fd, buf, REQUEST_MAX);

	if (n == -1)
		return log_errno("%s", path);
	*len = (size_t)n;
	return ERR_OK;
}

static enum err
take_values(struct span from, struct wish *w)
{
	for (unsigned i = 0; i < TPM_PCRS; i++) {
		if ((w->select.mask >> i & 1) == 0)
			continue;
		if (from.len < POLICY_PCR_LEN)
			return ERR_MALFORMED;
		memcpy(w->value[i], from.at, POLICY_PCR_LEN);
		from.at += POLICY_PCR_LEN;
		from.len -= POLICY_PCR_LEN;
	}
	return from.len == 0 ? ERR_OK : ERR_MALFORMED;
}

static enum err
take(const struct msg_approval_request *r, struct wish *w)
{
	*w = (struct wish){
		.select = { (uint16_t)r->bank, (uint32_t)r->mask },
		.cap = (unsigned)r->cap,
		.version = r->raised,
		.has_appliance = r->has_appliance,
	};
	memcpy(w->issuer, r->issuer.at, r->issuer.len + 1);
	if (r->has_appliance)
		memcpy(w->appliance, r->appliance.at, sizeof(w->appliance));
	TRY(cose_key_decode(WIRE_SPAN(r->k), &w->k));
	return take_values(r->values, w);
}

enum err
wish_read(const char *path, struct wish *out)
{
	uint8_t buf[REQUEST_MAX];
	struct msg m;
	size_t len = 0;

	TRY(read_file(path, buf, &len));
	if (wire_decode_object(MSG_approval_request, (struct span){ buf, len },
	    &m) != ERR_OK || take(&m.approval_request, out) != ERR_OK)
		return log_err(ERR_MALFORMED, "%s: not a request for "
		    "approvals", path);
	return ERR_OK;
}

enum err
wish_write(const struct wish *w, const char *path)
{
	struct msg m = { .type = MSG_approval_request };
	struct msg_approval_request *r = &m.approval_request;
	uint8_t values[TPM_PCRS * POLICY_PCR_LEN], buf[REQUEST_MAX];
	size_t n = 0, len = 0;

	for (unsigned i = 0; i < TPM_PCRS; i++)
		if ((w->select.mask >> i & 1) != 0)
			memcpy(values + POLICY_PCR_LEN * n++, w->value[i],
			    POLICY_PCR_LEN);
	r->version = 1;
	r->cap = w->cap;
	r->bank = w->select.bank;
	r->mask = w->select.mask;
	r->raised = w->version;
	r->values = (struct span){ values, POLICY_PCR_LEN * n };
	TRY(WIRE_SET_TEXT(r->issuer, span_text(w->issuer)));
	TRY(cose_key_encode(&w->k, r->k.at, &r->k.len));
	r->has_appliance = w->has_appliance;
	r->appliance.len = w->has_appliance ? sizeof(w->appliance) : 0;
	memcpy(r->appliance.at, w->appliance, r->appliance.len);
	TRY(wire_encode_object(&m, buf, sizeof(buf), &len));
	return paper_replace(path, (struct span){ buf, len });
}

/* ---- other values than the present ones ---- */

static bool
unhex(const char *hex, uint8_t out[static POLICY_PCR_LEN])
{
	for (size_t i = 0; i < HEX_LEN; i++)
		if (!isxdigit((unsigned char)hex[i]))
			return false;
	for (size_t i = 0; i < POLICY_PCR_LEN; i++) {
		const char byte[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		out[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
	return true;
}

/* "7=HEX", "  7 : 0xHEX". */
enum err
wish_set(struct wish *w, const char *text)
{
	char *end;
	const unsigned long n = strtoul(text, &end, 10);
	const char *hex = end + strspn(end, " \t");

	if (end == text || n >= TPM_PCRS || (*hex != '=' && *hex != ':'))
		return log_err(ERR_MALFORMED, "%s: not like 7=HEX", text);
	if ((w->select.mask >> n & 1) == 0)
		return log_err(ERR_MALFORMED, "PCR %lu is not one of those "
		    "that are asked for", n);
	hex++;
	hex += strspn(hex, " \t");
	if (hex[0] == '0' && (hex[1] == 'x' || hex[1] == 'X'))
		hex += 2;
	if (!unhex(hex, w->value[n]) || hex[HEX_LEN] != '\0')
		return log_err(ERR_MALFORMED, "PCR %lu: its value is %d hex "
		    "digits", n, HEX_LEN);
	return ERR_OK;
}

static void
file_drop(FILE **f)
{
	if (*f != NULL)
		fclose(*f);
}

enum err
wish_set_file(struct wish *w, const char *path)
{
	FILE *f OWNED(file_drop) = fopen(path, "re");
	char line[128];

	if (f == NULL)
		return log_errno("%s", path);
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[strspn(line, " \t")] == '\0' ||
		    strstr(line, "sha256:") != NULL)
			continue;
		TRY(wish_set(w, line));
	}
	return ferror(f) == 0 ? ERR_OK : log_errno("%s", path);
}

/* ---- approvals of it ---- */

static struct approval *
add(struct approvals *a, enum tpm_policy kind, uint64_t version)
{
	struct approval *one = &a->at[a->count++];

	*one = (struct approval){
		.a = { .policy = kind, .version = version },
	};
	return one;
}

static enum err
add_boot(struct approvals *a, const struct wish *w, enum tpm_policy kind,
    uint64_t version)
{
	const struct tpm_point k = approvals_point(&w->k);
	struct approval *one = add(a, kind, version);

	one->a.pcrs = w->select;
	one->a.cap = kind == TPM_POLICY_UNSEAL ? w->cap : 0;
	memcpy(one->value, w->value, sizeof(one->value));
	return policy_compute(&k, one);
}

static enum err
add_raise(struct approvals *a, const struct cose_key *k, uint64_t version)
{
	const struct tpm_point point = approvals_point(k);

	return policy_compute(&point, add(a, TPM_POLICY_RAISE, version));
}

enum err
wish_first(const struct cose_key *k, struct approvals *out)
{
	*out = (struct approvals){ .k = *k };
	return add_raise(out, k, 0);
}

enum err
wish_approve(const struct wish *w, bool raise, struct approvals *out)
{
	const uint64_t version = w->version + (raise ? 1 : 0);

	*out = (struct approvals){ .k = w->k };
	if (raise)
		TRY(add_raise(out, &w->k, w->version));
	TRY(add_boot(out, w, TPM_POLICY_UNSEAL, version));
	return add_boot(out, w, TPM_POLICY_USE, version);
}

enum err
approvals_sign(struct approvals *a, const struct secret *private)
{
	uint8_t over[32];

	for (size_t i = 0; i < a->count; i++) {
		TRY(tpm_approved(&a->at[i].a, over));
		TRY(p256_sign(secret_span(private).at, over,
		    a->at[i].a.sig));
	}
	return ERR_OK;
}
