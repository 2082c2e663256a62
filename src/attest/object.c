/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/object.h"

#include <string.h>

#include "attest/bytes.h"
#include "crypto/hash.h"

#define P256 0x0003	/* TPM_ECC_NIST_P256 */
#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 4096
#define RSA_EXPONENT 65537	/* what 0 stands for */

size_t
attest_digest_len(uint16_t alg)
{
	switch (alg) {
	case ATTEST_SHA1:
		return 20;
	case ATTEST_SHA256:
		return 32;
	case ATTEST_SHA384:
		return 48;
	case ATTEST_SHA512:
		return 64;
	default:
		return 0;
	}
}

static enum err
name_of(struct span area, uint8_t out[static ATTEST_NAME_LEN])
{
	if (area.len < 4)
		return ERR_MALFORMED;
	if (area.at[2] != ATTEST_SHA256 >> 8 ||
	    area.at[3] != (ATTEST_SHA256 & 0xff))
		return ERR_LIMIT;
	out[0] = ATTEST_SHA256 >> 8;
	out[1] = ATTEST_SHA256 & 0xff;
	return sha256(&area, 1, out + 2);
}

/* What a TPM2B_PUBLIC holds. */
static enum err
unwrap(struct span in, struct span *area)
{
	struct bytes_in b = { .rest = in };

	*area = take_sized(&b, UINT16_MAX);
	return took_all(&b) ? ERR_OK : ERR_MALFORMED;
}

enum err
attest_name(struct span in, uint8_t out[static ATTEST_NAME_LEN])
{
	struct span area;

	TRY(unwrap(in, &area));
	return name_of(area, out);
}

/* TPMT_SYM_DEF_OBJECT, then TPMT_RSA_SCHEME or TPMT_ECC_SCHEME. */
static enum err
read_schemes(struct bytes_in *b, struct attest_public *p)
{
	p->symmetric = take_u16(b);
	if (p->symmetric == ATTEST_AES) {
		p->symmetric_bits = take_u16(b);
		p->symmetric_mode = take_u16(b);
	} else if (p->symmetric != ATTEST_NULL) {
		return b->spoilt ? ERR_MALFORMED : ERR_LIMIT;
	}
	p->scheme = take_u16(b);
	switch (p->scheme) {
	case ATTEST_NULL:
		return ERR_OK;
	case ATTEST_RSASSA:
	case ATTEST_RSAPSS:
	case ATTEST_ECDSA:
		p->hash = take_u16(b);
		return ERR_OK;
	default:
		return b->spoilt ? ERR_MALFORMED : ERR_LIMIT;
	}
}

/* TPMS_RSA_PARMS and TPM2B_PUBLIC_KEY_RSA. */
static enum err
read_rsa(struct bytes_in *b, struct attest_public *p)
{
	TRY(read_schemes(b, p));
	p->bits = take_u16(b);
	p->exponent = take_u32(b);
	p->modulus = take_sized(b, RSA_BITS_MAX / 8);
	if (p->exponent == 0)
		p->exponent = RSA_EXPONENT;
	if (!took_all(b))
		return ERR_MALFORMED;
	if (p->bits < RSA_BITS_MIN || p->bits > RSA_BITS_MAX)
		return ERR_LIMIT;
	return p->bits % 8 == 0 && p->modulus.len == p->bits / 8 &&
	    p->modulus.at[0] >> 7 == 1 ? ERR_OK : ERR_MALFORMED;
}

/* A coordinate whose zeros in front may have been left out. */
static void
read_coordinate(struct bytes_in *b, uint8_t out[static 32])
{
	struct span s = take_sized(b, 32);

	memset(out, 0, 32);
	if (s.len > 0)
		memcpy(out + 32 - s.len, s.at, s.len);
}

/* TPMS_ECC_PARMS and TPMS_ECC_POINT. */
static enum err
read_ecc(struct bytes_in *b, struct attest_public *p)
{
	uint16_t curve, kdf;

	TRY(read_schemes(b, p));
	curve = take_u16(b);
	kdf = take_u16(b);
	if (!b->spoilt && (curve != P256 || kdf != ATTEST_NULL))
		return ERR_LIMIT;
	p->bits = 256;
	read_coordinate(b, p->x);
	read_coordinate(b, p->y);
	return took_all(b) ? ERR_OK : ERR_MALFORMED;
}

static enum err
read_area(struct span area, struct attest_public *p)
{
	struct bytes_in b = { .rest = area };

	TRY(name_of(area, p->name));
	p->type = take_u16(&b);
	take_u16(&b);		/* nameAlg, of which the Name was made */
	p->attributes = take_u32(&b);
	p->policy = take_sized(&b, 64);
	switch (p->type) {
	case ATTEST_RSA:
		return read_rsa(&b, p);
	case ATTEST_ECC:
		return read_ecc(&b, p);
	default:
		return ERR_LIMIT;
	}
}

enum err
attest_area_read(struct span area, struct attest_public *out)
{
	struct attest_public p = { };

	*out = p;
	TRY(read_area(area, &p));
	*out = p;
	return ERR_OK;
}

enum err
attest_public_read(struct span in, struct attest_public *out)
{
	struct span area;

	*out = (struct attest_public){ };
	TRY(unwrap(in, &area));
	return attest_area_read(area, out);
}

bool
attest_is_name(struct span name)
{
	return name.len == ATTEST_NAME_LEN && name.at[0] == 0x00 &&
	    name.at[1] == ATTEST_SHA256;
}

bool
attest_is_ak(const struct attest_public *key)
{
	const uint32_t must = ATTEST_FIXED_TPM | ATTEST_FIXED_PARENT |
	    ATTEST_ORIGIN | ATTEST_RESTRICTED | ATTEST_SIGN;

	return (key->attributes & (must | ATTEST_DECRYPT)) == must &&
	    key->scheme != ATTEST_NULL && key->symmetric == ATTEST_NULL;
}
