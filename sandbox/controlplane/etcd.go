package main

import (
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/storage/wal"
)

// etcd runs a one-member store without peers: `etcd DATA_FOLDER CLIENT_URL PEER_URL`.
//
// Unix sockets (`unix://name`, relative to the working folder) keep the unauthenticated store off the network.
// The data is worth one sandbox, so nothing waits for the disk.
func etcd(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("usage: etcd DATA_FOLDER CLIENT_URL PEER_URL")
	}
	client, err := url.Parse(args[1])
	if err != nil {
		return err
	}
	peer, err := url.Parse(args[2])
	if err != nil {
		return err
	}
	// Each log segment is allocated in full; data folders get copied, so small ones.
	wal.SegmentSizeBytes = 4 << 20
	config := embed.NewConfig()
	config.Dir = args[0]
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{*client}, []url.URL{*client}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{*peer}, []url.URL{*peer}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	config.UnsafeNoFsync = true
	config.LogLevel = "error"
	server, err := embed.StartEtcd(config)
	if err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	select {
	case <-server.Server.StopNotify():
		return nil
	case err = <-server.Err():
		return err
	case <-stop:
		// Close would wait ten seconds for connections that nobody ends.
		server.Server.HardStop()
		return nil
	}
}
