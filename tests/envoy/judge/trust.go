package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/url"
	"time"
)

const day = 24 * time.Hour

// trust is who vouches for identities (an authority for certificates, which signs any trust domain's: Envoy must look at
// the name) and for tokens (a key that every issuer uses, and one that none does).
type trust struct {
	authority *x509.Certificate
	key       *ecdsa.PrivateKey
	issuer    *rsa.PrivateKey
	stranger  *rsa.PrivateKey
}

func newTrust() *trust {
	t := &trust{key: ecdsaKey(), issuer: rsaKey(), stranger: rsaKey()}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "judge"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-day), NotAfter: time.Now().Add(day), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &t.key.PublicKey, t.key)
	must(err)
	t.authority, err = x509.ParseCertificate(der)
	must(err)
	return t
}

// certificate is that of a SPIFFE identity.
func (t *trust) certificate(identity string) tls.Certificate {
	name, err := url.Parse(identity)
	must(err)
	key := ecdsaKey()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), URIs: []*url.URL{name},
		NotBefore: time.Now().Add(-day), NotAfter: time.Now().Add(day), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, t.authority, &key.PublicKey, t.key)
	must(err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// pems are a certificate and its key as text.
func pems(c tls.Certificate) (string, string) {
	key, err := x509.MarshalECPrivateKey(c.PrivateKey.(*ecdsa.PrivateKey))
	must(err)
	return pemOf("CERTIFICATE", c.Certificate[0]), pemOf("EC PRIVATE KEY", key)
}

func pemOf(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// keySet is the issuer's public key, as a proxy reads it.
func (t *trust) keySet() string {
	public := t.issuer.PublicKey
	key := map[string]string{
		"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "judge", "n": encoded(public.N.Bytes()),
		"e": encoded(big.NewInt(int64(public.E)).Bytes()),
	}
	text, err := json.Marshal(map[string]any{"keys": []any{key}})
	must(err)
	return string(text)
}

// token writes a bearer token. Where the claims say nothing of time, it ends in an hour.
func (t *trust) token(asked *Token) string {
	claims := map[string]any{}
	for name, value := range asked.Claims {
		claims[name] = value
	}
	now := time.Now()
	ends := map[string]int64{"expired": now.Add(-time.Hour).Unix(), "endless": 0}
	if end, odd := ends[asked.Kind]; !odd {
		claims["exp"] = now.Add(time.Hour).Unix()
	} else if end != 0 {
		claims["exp"] = end
	}
	if asked.Kind == "early" {
		claims["nbf"] = now.Add(time.Hour).Unix()
	}
	switch asked.Kind {
	case "bad":
		return signed(t.stranger, "RS256", claims)
	case "unsigned":
		return signed(nil, "none", claims)
	case "good", "expired", "early", "endless":
		return signed(t.issuer, "RS256", claims)
	}
	fail(fmt.Errorf("no such token: %s", asked.Kind))
	return ""
}

func signed(key *rsa.PrivateKey, algorithm string, claims map[string]any) string {
	head, err := json.Marshal(map[string]string{"alg": algorithm, "kid": "judge", "typ": "JWT"})
	must(err)
	body, err := json.Marshal(claims)
	must(err)
	text := encoded(head) + "." + encoded(body)
	if key == nil {
		return text + "."
	}
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	must(err)
	return text + "." + encoded(signature)
}

func encoded(bytes []byte) string { return base64.RawURLEncoding.EncodeToString(bytes) }

func ecdsaKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	return key
}

func rsaKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(err)
	return key
}
