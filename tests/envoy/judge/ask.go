package main

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	atOnce   = 8
	patience = 5 * time.Second
	// long enough that the proxy need not wait for more bytes to see whether this is TLS
	bytesOfNoProtocol = "these are bytes of a protocol that a proxy does not read\n"
)

// Question is a call. As: the caller's SPIFFE identity, empty for plaintext. Without a Request bytes are sent.
type Question struct {
	From    string   `json:"from"` // the caller's address
	To      string   `json:"to"`   // a workload's id
	Port    int      `json:"port"`
	As      string   `json:"as"`
	Request *Request `json:"request"`
}

// Request goes onto the wire as it is: nobody cleans its path.
type Request struct {
	Method  string      `json:"method"`
	Path    string      `json:"path"`
	Host    string      `json:"host"`
	Headers [][2]string `json:"headers"`
	Token   *Token      `json:"token"`
}

// Token is written and signed here. Kind: good, bad, expired, early, endless, unsigned.
type Token struct {
	Claims map[string]any `json:"claims"`
	Kind   string         `json:"kind"`
}

// Answer says whether the application was reached. Status: of the proxy's own answer, 0 where it closed the connection.
// Failed: nobody judged.
type Answer struct {
	Reached bool   `json:"reached"`
	Status  int    `json:"status"`
	Path    string `json:"path"`
	Words   string `json:"words"`
	Failed  bool   `json:"failed"`
}

type asker struct {
	trust        *trust
	addresses    map[string]string
	plain        map[string]bool // ports that take no TLS
	lock         sync.Mutex
	certificates map[string]tls.Certificate
	tokens       map[string]string
}

func newAsker(w *World, ports map[string][]Port, t *trust) *asker {
	a := &asker{
		trust: t, addresses: map[string]string{}, plain: map[string]bool{},
		certificates: map[string]tls.Certificate{}, tokens: map[string]string{},
	}
	for _, workload := range w.Workloads {
		a.addresses[workload.ID] = workload.Address
		for _, port := range ports[workload.ID] {
			a.plain[place(workload.ID, port.Number)] = port.Plain
		}
	}
	return a
}

func place(workload string, port int) string { return fmt.Sprintf("%s:%d", workload, port) }

// all answers the questions in their order; those of one caller and port share a connection.
func (a *asker) all(questions []Question) []Answer {
	answers := make([]Answer, len(questions))
	groups := map[string][]int{}
	for i, q := range questions {
		key := fmt.Sprintf("%s|%s|%d|%s|%t", q.From, q.To, q.Port, q.As, q.Request == nil)
		groups[key] = append(groups[key], i)
	}
	work := make(chan []int)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for group := range work {
				a.group(questions, answers, group)
			}
		})
	}
	for _, group := range groups {
		work <- group
	}
	close(work)
	workers.Wait()
	return answers
}

func (a *asker) group(questions []Question, answers []Answer, group []int) {
	var open *line
	for _, i := range group {
		answers[i], open = a.one(questions[i], open)
	}
	open.close()
}

// one asks on the open connection, or a new one; it returns the connection where it can be used again.
func (a *asker) one(q Question, open *line) (Answer, *line) {
	kept := open != nil
	if !kept {
		var err error
		if open, err = a.dial(q); err != nil {
			return Answer{Words: err.Error(), Failed: errors.As(err, &unheard{})}, nil
		}
	}
	answer, reusable, err := a.exchange(q, open)
	if err == nil && reusable {
		return answer, open
	}
	open.close()
	if err != nil && kept {
		return a.one(q, nil) // the proxy may close a connection between two requests
	}
	if err != nil {
		return Answer{Words: err.Error()}, nil
	}
	return answer, nil
}

// line is a connection to a proxy.
type line struct {
	net.Conn
	reader *bufio.Reader
}

func (l *line) close() {
	if l != nil {
		l.Close()
	}
}

// unheard: nobody listens there, so nobody refused.
type unheard struct{ error }

func (a *asker) dial(q Question) (*line, error) {
	address, known := a.addresses[q.To]
	if !known {
		return nil, unheard{fmt.Errorf("no workload %s", q.To)}
	}
	caller := net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: net.ParseIP(q.From)}}
	plain, err := caller.Dial("tcp", net.JoinHostPort(address, fmt.Sprint(q.Port)))
	if err != nil {
		return nil, unheard{err}
	}
	if q.As == "" || a.plain[place(q.To, q.Port)] {
		return &line{plain, bufio.NewReader(plain)}, nil
	}
	certificate := a.certificate(q.As)
	secure := tls.Client(plain, &tls.Config{
		InsecureSkipVerify: true, // the proxy judges, not we
		ServerName:         fmt.Sprintf("outbound_.%d_._.judge", q.Port),
		NextProtos:         offered(q),
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return &certificate, nil
		},
	})
	_ = plain.SetDeadline(time.Now().Add(patience))
	if err := secure.Handshake(); err != nil {
		plain.Close()
		return nil, err
	}
	return &line{secure, bufio.NewReader(secure)}, nil
}

// offered is what the caller's own proxy offers, by which that of a port of unknown protocol is found.
func offered(q Question) []string {
	if q.Request == nil {
		return []string{"istio-peer-exchange", "istio"}
	}
	return []string{"istio-http/1.1", "istio", "http/1.1"}
}

func (a *asker) certificate(identity string) tls.Certificate {
	a.lock.Lock()
	defer a.lock.Unlock()
	if _, made := a.certificates[identity]; !made {
		a.certificates[identity] = a.trust.certificate(identity)
	}
	return a.certificates[identity]
}

func (a *asker) token(asked *Token) string {
	a.lock.Lock()
	defer a.lock.Unlock()
	key := fmt.Sprint(asked.Kind, asked.Claims)
	if _, made := a.tokens[key]; !made {
		a.tokens[key] = a.trust.token(asked)
	}
	return a.tokens[key]
}

func (a *asker) exchange(q Question, on *line) (Answer, bool, error) {
	_ = on.SetDeadline(time.Now().Add(patience))
	words := bytesOfNoProtocol
	if q.Request != nil {
		words = a.written(q.Request)
	}
	if _, err := io.WriteString(on, words); err != nil {
		return Answer{}, false, err
	}
	start, err := on.reader.Peek(len("HTTP/"))
	if err != nil {
		return Answer{}, false, err
	}
	if string(start) != "HTTP/" {
		return Answer{Reached: true}, false, nil // the application echoes what it gets
	}
	return read(q, on)
}

func (a *asker) written(r *Request) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s HTTP/1.1\r\nHost: %s\r\n", r.Method, r.Path, r.Host)
	for _, header := range r.Headers {
		fmt.Fprintf(&text, "%s: %s\r\n", header[0], header[1])
	}
	if r.Token != nil {
		fmt.Fprintf(&text, "Authorization: Bearer %s\r\n", a.token(r.Token))
	}
	if r.Method == http.MethodPost || r.Method == http.MethodPut || r.Method == http.MethodPatch {
		text.WriteString("Content-Length: 0\r\n")
	}
	return text.String() + "\r\n"
}

func read(q Question, on *line) (Answer, bool, error) {
	method := http.MethodGet
	if q.Request != nil {
		method = q.Request.Method
	}
	response, err := http.ReadResponse(on.reader, &http.Request{Method: method})
	if err != nil {
		return Answer{}, false, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return Answer{}, false, err
	}
	path := response.Header.Get(answered)
	return Answer{Reached: path != "", Status: response.StatusCode, Path: path, Words: string(body)}, !response.Close, nil
}
