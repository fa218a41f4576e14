package whatsapp

import (
	"crypto/sha256"
	"fmt"
	"math"
	"sync"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/libsignal/logger"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waCert"
	"go.mau.fi/whatsmeow/util/keys"
	"google.golang.org/protobuf/proto"
)

// rootKeys is the authority that signs every simulator's certificate. It is derived from a fixed text, the same in all
// processes, because whatsmeow keeps the trusted key in one exported variable.
func rootKeys() *keys.KeyPair {
	return keys.NewKeyPairFromPrivateKey(clamp(sha256.Sum256([]byte("vestnik: root key of the WhatsApp simulator"))))
}

// clamp makes any 32 bytes a Curve25519 private key (RFC 7748 §5).
func clamp(key [32]byte) [32]byte {
	key[0] &= 248
	key[31] = key[31]&127 | 64
	return key
}

// RootKey is the public key that a client must trust to accept a simulator's certificate: the value for whatsmeow.WACertPubKey.
func RootKey() [32]byte { return *rootKeys().Pub }

var trustOnce sync.Once

// TrustRoot makes every whatsmeow client of this process accept simulators, and nothing else: it sets whatsmeow.WACertPubKey,
// once. Call it before the first client connects; the shipped binary must never do so.
func TrustRoot() {
	trustOnce.Do(func() {
		whatsmeow.WACertPubKey = RootKey()
		// libsignal makes its logger when it is first used, without a lock; several servers may start at once.
		logger.Debug("the root of the simulators is trusted")
	})
}

// identityOfServer is the Noise static key of one server and the certificate chain that vouches for it.
type identityOfServer struct {
	static      *keys.KeyPair
	certificate []byte
}

// newIdentityOfServer signs a certificate chain root -> intermediate -> leaf which is valid from 1970 on, so that clients with any
// clock, also the virtual one of testing/synctest, accept it. An appliance with a wrong clock is tested by Options.CertificateFrom.
func newIdentityOfServer(validFrom uint64) (*identityOfServer, error) {
	const intermediateSerial, leafSerial = 1, 2
	intermediate, static := keys.NewKeyPair(), keys.NewKeyPair()
	upper, err := certificate(rootKeys(), intermediate, intermediateSerial, whatsmeow.WACertIssuerSerial, validFrom)
	if err != nil {
		return nil, err
	}
	leaf, err := certificate(intermediate, static, leafSerial, intermediateSerial, validFrom)
	if err != nil {
		return nil, err
	}
	chain, err := proto.Marshal(&waCert.CertChain{Intermediate: upper, Leaf: leaf})
	if err != nil {
		return nil, fmt.Errorf("whatsapp simulator: certificate: %w", err)
	}
	return &identityOfServer{static: static, certificate: chain}, nil
}

func certificate(issuer, subject *keys.KeyPair, serial, issuerSerial uint32, validFrom uint64) (*waCert.CertChain_NoiseCertificate, error) {
	details, err := proto.Marshal(&waCert.CertChain_NoiseCertificate_Details{
		Serial: &serial, IssuerSerial: &issuerSerial, Key: subject.Pub[:],
		NotBefore: &validFrom, NotAfter: proto.Uint64(math.MaxUint32),
	})
	if err != nil {
		return nil, fmt.Errorf("whatsapp simulator: certificate: %w", err)
	}
	signature := ecc.CalculateSignature(ecc.NewDjbECPrivateKey(*issuer.Priv), details)
	return &waCert.CertChain_NoiseCertificate{Details: details, Signature: signature[:]}, nil
}
