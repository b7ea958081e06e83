#include "ledger/digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/digits.h"

static int digest_stream(FILE *f, EVP_MD_CTX *md, char sha256[static DIGEST_CHARS + 1])
{
	uint8_t block[16384], digest[EVP_MAX_MD_SIZE];
	bool ok = EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1;

	errno = 0;
	for (size_t n; ok && (n = fread(block, 1, sizeof(block), f)) > 0;)
		ok = EVP_DigestUpdate(md, block, n) == 1;
	if (ferror(f))
		return errno ? -errno : -EIO;
	if (!ok || EVP_DigestFinal_ex(md, digest, NULL) != 1)
		return -ENOMEM;
	*digits_put_hex(sha256, digest, DIGEST_CHARS / 2) = '\0';
	return 0;
}

int digest_file(const char *file, char sha256[static DIGEST_CHARS + 1])
{
	FILE *f = fopen(file, "re");

	if (!f)
		return -errno;
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int err = md ? digest_stream(f, md, sha256) : -ENOMEM;
	EVP_MD_CTX_free(md);
	fclose(f);
	return err;
}
