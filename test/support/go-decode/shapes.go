package main

// The daemon's structs, as far as encoding/json sees them: field names, tags and types, from moby
// api/types (20.10 and the 29 line; where they differ, the union of both). Named string types of
// the daemon are plain strings here.

type strSlice []string

// UnmarshalJSON takes a list or one string alone, as moby's strslice.StrSlice.
func (e *strSlice) UnmarshalJSON(b []byte) error {
	list := make([]string, 0, 1)
	if err := unmarshal(b, &list); err != nil {
		var one string
		if err := unmarshal(b, &one); err != nil {
			return err
		}
		list = append(list, one)
	}
	*e = list
	return nil
}

type ulimit struct {
	Name string
	Hard int64
	Soft int64
}

type healthConfig struct {
	Test          []string `json:",omitempty"`
	Interval      int64    `json:",omitempty"`
	Timeout       int64    `json:",omitempty"`
	StartPeriod   int64    `json:",omitempty"`
	StartInterval int64    `json:",omitempty"`
	Retries       int      `json:",omitempty"`
}

type driver struct {
	Name    string            `json:",omitempty"`
	Options map[string]string `json:",omitempty"`
}

type mount struct {
	Type        string `json:",omitempty"`
	Source      string `json:",omitempty"`
	Target      string `json:",omitempty"`
	ReadOnly    bool   `json:",omitempty"`
	Consistency string `json:",omitempty"`
	BindOptions *struct {
		Propagation            string `json:",omitempty"`
		NonRecursive           bool   `json:",omitempty"`
		CreateMountpoint       bool   `json:",omitempty"`
		ReadOnlyNonRecursive   bool   `json:",omitempty"`
		ReadOnlyForceRecursive bool   `json:",omitempty"`
	} `json:",omitempty"`
	VolumeOptions *struct {
		NoCopy       bool              `json:",omitempty"`
		Labels       map[string]string `json:",omitempty"`
		Subpath      string            `json:",omitempty"`
		DriverConfig *driver           `json:",omitempty"`
	} `json:",omitempty"`
	ImageOptions *struct {
		Subpath string `json:",omitempty"`
	} `json:",omitempty"`
	TmpfsOptions *struct {
		SizeBytes int64      `json:",omitempty"`
		Mode      uint32     `json:",omitempty"`
		Options   [][]string `json:",omitempty"`
	} `json:",omitempty"`
	ClusterOptions *struct{} `json:",omitempty"`
}

type weightDevice struct {
	Path   string
	Weight uint16
}

type throttleDevice struct {
	Path string
	Rate uint64
}

type resources struct {
	CPUShares            int64 `json:"CpuShares"`
	Memory               int64
	NanoCPUs             int64 `json:"NanoCpus"`
	CgroupParent         string
	BlkioWeight          uint16
	BlkioWeightDevice    []*weightDevice
	BlkioDeviceReadBps   []*throttleDevice
	BlkioDeviceWriteBps  []*throttleDevice
	BlkioDeviceReadIOps  []*throttleDevice
	BlkioDeviceWriteIOps []*throttleDevice
	CPUPeriod            int64 `json:"CpuPeriod"`
	CPUQuota             int64 `json:"CpuQuota"`
	CPURealtimePeriod    int64 `json:"CpuRealtimePeriod"`
	CPURealtimeRuntime   int64 `json:"CpuRealtimeRuntime"`
	CpusetCpus           string
	CpusetMems           string
	Devices              []struct {
		PathOnHost        string
		PathInContainer   string
		CgroupPermissions string
	}
	DeviceCgroupRules []string
	DeviceRequests    []struct {
		Driver       string
		Count        int
		DeviceIDs    []string
		Capabilities [][]string
		Options      map[string]string
	}
	KernelMemory       int64 `json:",omitempty"`
	KernelMemoryTCP    int64 `json:",omitempty"`
	MemoryReservation  int64
	MemorySwap         int64
	MemorySwappiness   *int64
	OomKillDisable     *bool
	PidsLimit          *int64
	Ulimits            []*ulimit
	CPUCount           int64 `json:"CpuCount"`
	CPUPercent         int64 `json:"CpuPercent"`
	IOMaximumIOps      uint64
	IOMaximumBandwidth uint64
}

type restartPolicy struct {
	Name              string
	MaximumRetryCount int
}

type updateConfig struct {
	resources
	RestartPolicy restartPolicy
}

type portBinding struct {
	HostIP   string `json:"HostIp"`
	HostPort string
}

type hostConfig struct {
	Binds           []string
	ContainerIDFile string
	LogConfig       struct {
		Type   string
		Config map[string]string
	}
	NetworkMode     string
	PortBindings    map[string][]portBinding
	RestartPolicy   restartPolicy
	AutoRemove      bool
	VolumeDriver    string
	VolumesFrom     []string
	ConsoleSize     [2]uint
	Annotations     map[string]string `json:",omitempty"`
	CapAdd          strSlice
	CapDrop         strSlice
	CgroupnsMode    string
	DNS             []string `json:"Dns"`
	DNSOptions      []string `json:"DnsOptions"`
	DNSSearch       []string `json:"DnsSearch"`
	ExtraHosts      []string
	GroupAdd        []string
	IpcMode         string
	Cgroup          string
	Links           []string
	OomScoreAdj     int
	PidMode         string
	Privileged      bool
	PublishAllPorts bool
	ReadonlyRootfs  bool
	SecurityOpt     []string
	StorageOpt      map[string]string `json:",omitempty"`
	Tmpfs           map[string]string `json:",omitempty"`
	UTSMode         string
	UsernsMode      string
	ShmSize         int64
	Sysctls         map[string]string `json:",omitempty"`
	Runtime         string            `json:",omitempty"`
	Isolation       string
	resources
	Mounts        []mount `json:",omitempty"`
	MaskedPaths   []string
	ReadonlyPaths []string
	Init          *bool `json:",omitempty"`
	// Read below API 1.52 by a pass of its own, and by 19.03 as a field.
	Capabilities []string
}

type config struct {
	Hostname        string
	Domainname      string
	User            string
	AttachStdin     bool
	AttachStdout    bool
	AttachStderr    bool
	ExposedPorts    map[string]struct{} `json:",omitempty"`
	Tty             bool
	OpenStdin       bool
	StdinOnce       bool
	Env             []string
	Cmd             strSlice
	Healthcheck     *healthConfig `json:",omitempty"`
	ArgsEscaped     bool          `json:",omitempty"`
	Image           string
	Volumes         map[string]struct{}
	WorkingDir      string
	Entrypoint      strSlice
	NetworkDisabled bool   `json:",omitempty"`
	MacAddress      string `json:",omitempty"`
	OnBuild         []string
	Labels          map[string]string
	StopSignal      string   `json:",omitempty"`
	StopTimeout     *int     `json:",omitempty"`
	Shell           strSlice `json:",omitempty"`
}

type endpointSettings struct {
	IPAMConfig *struct {
		IPv4Address  string   `json:",omitempty"`
		IPv6Address  string   `json:",omitempty"`
		LinkLocalIPs []string `json:",omitempty"`
	}
	Links               []string
	Aliases             []string
	MacAddress          string
	DriverOpts          map[string]string
	GwPriority          int
	NetworkID           string
	EndpointID          string
	Gateway             string
	IPAddress           string
	IPPrefixLen         int
	IPv6Gateway         string
	GlobalIPv6Address   string
	GlobalIPv6PrefixLen int
	DNSNames            []string
}

type createRequest struct {
	config
	HostConfig       *hostConfig `json:"HostConfig,omitempty"`
	NetworkingConfig *struct {
		EndpointsConfig map[string]*endpointSettings
	} `json:"NetworkingConfig,omitempty"`
}

type execCreate struct {
	User         string
	Privileged   bool
	Tty          bool
	ConsoleSize  *[2]uint `json:",omitempty"`
	AttachStdin  bool
	AttachStderr bool
	AttachStdout bool
	Detach       bool
	DetachKeys   string
	Env          []string
	WorkingDir   string
	Cmd          []string
}

type execStart struct {
	Detach      bool
	Tty         bool
	ConsoleSize *[2]uint `json:",omitempty"`
}

type checkpointCreate struct {
	CheckpointID  string
	CheckpointDir string
	Exit          bool
}

type networkCreate struct {
	CheckDuplicate bool `json:",omitempty"`
	Driver         string
	Scope          string
	EnableIPv4     *bool `json:",omitempty"`
	EnableIPv6     *bool `json:",omitempty"`
	IPAM           *struct {
		Driver  string
		Options map[string]string
		Config  []struct {
			Subnet     string            `json:",omitempty"`
			IPRange    string            `json:",omitempty"`
			Gateway    string            `json:",omitempty"`
			AuxAddress map[string]string `json:"AuxiliaryAddresses,omitempty"`
		}
	}
	Internal   bool
	Attachable bool
	Ingress    bool
	ConfigOnly bool
	ConfigFrom *struct{ Network string }
	Options    map[string]string
	Labels     map[string]string
}

type networkCreateRequest struct {
	networkCreate
	Name string
}

type networkConnect struct {
	Container      string
	EndpointConfig *endpointSettings `json:",omitempty"`
}

type networkDisconnect struct {
	Container string
	Force     bool
}

type topology struct {
	Segments map[string]string `json:",omitempty"`
}

type clusterVolumeSpec struct {
	Group      string `json:",omitempty"`
	AccessMode *struct {
		Scope       string `json:",omitempty"`
		Sharing     string `json:",omitempty"`
		MountVolume *struct {
			FsType     string   `json:",omitempty"`
			MountFlags []string `json:",omitempty"`
		} `json:",omitempty"`
		BlockVolume *struct{} `json:",omitempty"`
	} `json:",omitempty"`
	AccessibilityRequirements *struct {
		Requisite []topology `json:",omitempty"`
		Preferred []topology `json:",omitempty"`
	} `json:",omitempty"`
	CapacityRange *struct {
		RequiredBytes int64
		LimitBytes    int64
	} `json:",omitempty"`
	Secrets []struct {
		Key    string
		Secret string
	} `json:",omitempty"`
	Availability string `json:",omitempty"`
}

type volumeCreate struct {
	ClusterVolumeSpec *clusterVolumeSpec `json:"ClusterVolumeSpec,omitempty"`
	Driver            string             `json:"Driver,omitempty"`
	DriverOpts        map[string]string  `json:"DriverOpts,omitempty"`
	Labels            map[string]string  `json:"Labels,omitempty"`
	Name              string             `json:"Name,omitempty"`
}

type volumeUpdate struct {
	Spec *clusterVolumeSpec `json:"Spec,omitempty"`
}

type annotations struct {
	Name   string            `json:",omitempty"`
	Labels map[string]string `json:"Labels"`
}

type fileTarget struct {
	Name string
	UID  string
	GID  string
	Mode uint32
}

type containerSpec struct {
	Image      string            `json:",omitempty"`
	Labels     map[string]string `json:",omitempty"`
	Command    []string          `json:",omitempty"`
	Args       []string          `json:",omitempty"`
	Hostname   string            `json:",omitempty"`
	Env        []string          `json:",omitempty"`
	Dir        string            `json:",omitempty"`
	User       string            `json:",omitempty"`
	Groups     []string          `json:",omitempty"`
	Privileges *struct {
		CredentialSpec *struct{ Config, File, Registry string }
		SELinuxContext *struct {
			Disable                 bool
			User, Role, Type, Level string
		}
		Seccomp *struct {
			Mode    string `json:",omitempty"`
			Profile []byte `json:",omitempty"`
		} `json:",omitempty"`
		AppArmor *struct {
			Mode string `json:",omitempty"`
		} `json:",omitempty"`
		NoNewPrivileges bool
	} `json:",omitempty"`
	Init            *bool         `json:",omitempty"`
	StopSignal      string        `json:",omitempty"`
	TTY             bool          `json:",omitempty"`
	OpenStdin       bool          `json:",omitempty"`
	ReadOnly        bool          `json:",omitempty"`
	Mounts          []mount       `json:",omitempty"`
	StopGracePeriod *int64        `json:",omitempty"`
	Healthcheck     *healthConfig `json:",omitempty"`
	Hosts           []string      `json:",omitempty"`
	DNSConfig       *struct {
		Nameservers []string `json:",omitempty"`
		Search      []string `json:",omitempty"`
		Options     []string `json:",omitempty"`
	} `json:",omitempty"`
	Secrets []*struct {
		File       *fileTarget
		SecretID   string
		SecretName string
	} `json:",omitempty"`
	Configs []*struct {
		File       *fileTarget `json:",omitempty"`
		Runtime    *struct{}   `json:",omitempty"`
		ConfigID   string
		ConfigName string
	} `json:",omitempty"`
	Isolation      string            `json:",omitempty"`
	Sysctls        map[string]string `json:",omitempty"`
	CapabilityAdd  []string          `json:",omitempty"`
	CapabilityDrop []string          `json:",omitempty"`
	Ulimits        []*ulimit         `json:",omitempty"`
	OomScoreAdj    int64             `json:",omitempty"`
}

type pluginSpec struct {
	Name       string `json:"name,omitempty"`
	Remote     string `json:"remote,omitempty"`
	Privileges []*struct {
		Name        string   `json:"name,omitempty"`
		Description string   `json:"description,omitempty"`
		Value       []string `json:"value,omitempty"`
	} `json:"privileges,omitempty"`
	Disabled bool     `json:"disabled,omitempty"`
	Env      []string `json:"env,omitempty"`
}

type networkAttachment struct {
	Target     string            `json:",omitempty"`
	Aliases    []string          `json:",omitempty"`
	DriverOpts map[string]string `json:",omitempty"`
}

type taskSpec struct {
	ContainerSpec         *containerSpec `json:",omitempty"`
	PluginSpec            *pluginSpec    `json:",omitempty"`
	NetworkAttachmentSpec *struct {
		ContainerID string
	} `json:",omitempty"`
	Resources *struct {
		Limits *struct {
			NanoCPUs    int64 `json:",omitempty"`
			MemoryBytes int64 `json:",omitempty"`
			Pids        int64 `json:",omitempty"`
		} `json:",omitempty"`
		Reservations *struct {
			NanoCPUs         int64 `json:",omitempty"`
			MemoryBytes      int64 `json:",omitempty"`
			GenericResources []struct {
				NamedResourceSpec *struct {
					Kind  string `json:",omitempty"`
					Value string `json:",omitempty"`
				} `json:",omitempty"`
				DiscreteResourceSpec *struct {
					Kind  string `json:",omitempty"`
					Value int64  `json:",omitempty"`
				} `json:",omitempty"`
			} `json:",omitempty"`
		} `json:",omitempty"`
		SwapBytes        *int64 `json:",omitempty"`
		MemorySwappiness *int64 `json:",omitempty"`
	} `json:",omitempty"`
	RestartPolicy *struct {
		Condition   string  `json:",omitempty"`
		Delay       *int64  `json:",omitempty"`
		MaxAttempts *uint64 `json:",omitempty"`
		Window      *int64  `json:",omitempty"`
	} `json:",omitempty"`
	Placement *struct {
		Constraints []string `json:",omitempty"`
		Preferences []struct {
			Spread *struct{ SpreadDescriptor string }
		} `json:",omitempty"`
		MaxReplicas uint64 `json:",omitempty"`
		Platforms   []struct {
			Architecture string `json:",omitempty"`
			OS           string `json:",omitempty"`
		} `json:",omitempty"`
	} `json:",omitempty"`
	Networks    []networkAttachment `json:",omitempty"`
	LogDriver   *driver             `json:",omitempty"`
	ForceUpdate uint64
	Runtime     string `json:",omitempty"`
}

type rollout struct {
	Parallelism     uint64
	Delay           int64  `json:",omitempty"`
	FailureAction   string `json:",omitempty"`
	Monitor         int64  `json:",omitempty"`
	MaxFailureRatio float32
	Order           string
}

type serviceSpec struct {
	annotations
	TaskTemplate taskSpec `json:",omitempty"`
	Mode         struct {
		Replicated *struct {
			Replicas *uint64 `json:",omitempty"`
		} `json:",omitempty"`
		Global        *struct{} `json:",omitempty"`
		ReplicatedJob *struct {
			MaxConcurrent    *uint64 `json:",omitempty"`
			TotalCompletions *uint64 `json:",omitempty"`
		} `json:",omitempty"`
		GlobalJob *struct{} `json:",omitempty"`
	} `json:",omitempty"`
	UpdateConfig   *rollout            `json:",omitempty"`
	RollbackConfig *rollout            `json:",omitempty"`
	Networks       []networkAttachment `json:",omitempty"`
	EndpointSpec   *struct {
		Mode  string `json:",omitempty"`
		Ports []struct {
			Name          string `json:",omitempty"`
			Protocol      string `json:",omitempty"`
			TargetPort    uint32 `json:",omitempty"`
			PublishedPort uint32 `json:",omitempty"`
			PublishMode   string `json:",omitempty"`
		} `json:",omitempty"`
	} `json:",omitempty"`
}

type swarmSpec struct {
	annotations
	Orchestration struct {
		TaskHistoryRetentionLimit *int64 `json:",omitempty"`
	} `json:",omitempty"`
	Raft struct {
		SnapshotInterval           uint64  `json:",omitempty"`
		KeepOldSnapshots           *uint64 `json:",omitempty"`
		LogEntriesForSlowFollowers uint64  `json:",omitempty"`
		ElectionTick               int
		HeartbeatTick              int
	} `json:",omitempty"`
	Dispatcher struct {
		HeartbeatPeriod int64 `json:",omitempty"`
	} `json:",omitempty"`
	CAConfig struct {
		NodeCertExpiry int64 `json:",omitempty"`
		ExternalCAs    []*struct {
			Protocol string
			URL      string
			Options  map[string]string `json:",omitempty"`
			CACert   string
		} `json:",omitempty"`
		SigningCACert string `json:",omitempty"`
		SigningCAKey  string `json:",omitempty"`
		ForceRotate   uint64 `json:",omitempty"`
	} `json:",omitempty"`
	TaskDefaults struct {
		LogDriver *driver `json:",omitempty"`
	} `json:",omitempty"`
	EncryptionConfig struct{ AutoLockManagers bool } `json:",omitempty"`
}

type swarmInit struct {
	ListenAddr       string
	AdvertiseAddr    string
	DataPathAddr     string
	DataPathPort     uint32
	ForceNewCluster  bool
	Spec             swarmSpec
	AutoLockManagers bool
	Availability     string
	DefaultAddrPool  []string
	SubnetSize       uint32
}

type swarmJoin struct {
	ListenAddr    string
	AdvertiseAddr string
	DataPathAddr  string
	RemoteAddrs   []string
	JoinToken     string
	Availability  string
}

type swarmUnlock struct{ UnlockKey string }

type nodeSpec struct {
	annotations
	Role         string `json:",omitempty"`
	Availability string `json:",omitempty"`
}

type secretSpec struct {
	annotations
	Data       []byte  `json:",omitempty"`
	Driver     *driver `json:",omitempty"`
	Templating *driver `json:",omitempty"`
}

type configSpec struct {
	annotations
	Data       []byte  `json:",omitempty"`
	Templating *driver `json:",omitempty"`
}

type pluginPrivilege struct {
	Name        string
	Description string
	Value       []string
}

type authConfig struct {
	Username      string `json:"username,omitempty"`
	Password      string `json:"password,omitempty"`
	Auth          string `json:"auth,omitempty"`
	Email         string `json:"email,omitempty"`
	ServerAddress string `json:"serveraddress,omitempty"`
	IdentityToken string `json:"identitytoken,omitempty"`
	RegistryToken string `json:"registrytoken,omitempty"`
}

// bodies makes a variable to decode into, by action.
var bodies = map[string]func() interface{}{
	"checkpoint.create":  func() interface{} { return new(checkpointCreate) },
	"container.create":   func() interface{} { return new(createRequest) },
	"container.start":    func() interface{} { return new(struct{}) },
	"container.update":   func() interface{} { return new(updateConfig) },
	"exec.create":        func() interface{} { return new(execCreate) },
	"exec.start":         func() interface{} { return new(execStart) },
	"image.commit":       func() interface{} { return new(config) },
	"registry.login":     func() interface{} { return new(authConfig) },
	"volume.create":      func() interface{} { return new(volumeCreate) },
	"volume.update":      func() interface{} { return new(volumeUpdate) },
	"swarm.init":         func() interface{} { return new(swarmInit) },
	"swarm.join":         func() interface{} { return new(swarmJoin) },
	"swarm.update":       func() interface{} { return new(swarmSpec) },
	"swarm.unlock":       func() interface{} { return new(swarmUnlock) },
	"service.create":     func() interface{} { return new(serviceSpec) },
	"service.update":     func() interface{} { return new(serviceSpec) },
	"node.update":        func() interface{} { return new(nodeSpec) },
	"secret.create":      func() interface{} { return new(secretSpec) },
	"secret.update":      func() interface{} { return new(secretSpec) },
	"config.create":      func() interface{} { return new(configSpec) },
	"config.update":      func() interface{} { return new(configSpec) },
	"plugin.install":     func() interface{} { return new([]pluginPrivilege) },
	"plugin.upgrade":     func() interface{} { return new([]pluginPrivilege) },
	"plugin.set":         func() interface{} { return new([]string) },
	"network.create":     func() interface{} { return new(networkCreateRequest) },
	"network.connect":    func() interface{} { return new(networkConnect) },
	"network.disconnect": func() interface{} { return new(networkDisconnect) },
}
