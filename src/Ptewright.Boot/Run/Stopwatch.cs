namespace Ptewright.Boot;

/// <summary>The counters of one creation: the generic timer, and the performance counters where the CPU has them.</summary>
internal struct Stopwatch
{
    private readonly bool _hasCycles;
    private readonly bool _hasInstructions;
    private ulong _ticks;
    private ulong _cycles;
    private ulong _instructions;

    /// <summary>Uses what the CPU has.</summary>
    public Stopwatch(in CpuFeatures cpu)
    {
        this = default;
        _hasCycles = cpu.HasPerformanceCounters;
        _hasInstructions = _hasCycles
            && ((Instructions.CounterControl() >> 11) & 0x1f) != 0
            && (Instructions.CounterEvents() & (1 << 8)) != 0;
    }

    /// <summary>Whether retired instructions can be counted.</summary>
    public readonly bool HasInstructions => _hasInstructions;

    /// <summary>Ticks of the generic timer between start and stop.</summary>
    public readonly ulong Ticks => _ticks;

    /// <summary>CPU cycles between start and stop; 0 without a counter.</summary>
    public readonly ulong Cycles => _cycles;

    /// <summary>Instructions retired between start and stop, modulo 2^32; 0 without a counter.</summary>
    public readonly ulong RetiredInstructions => _instructions;

    /// <summary>Starts.</summary>
    public void Start()
    {
        if (_hasCycles)
        {
            Instructions.StartCounters();
            _cycles = Instructions.Cycles();
        }

        if (_hasInstructions)
        {
            _instructions = Instructions.RetiredInstructions();
        }

        _ticks = Instructions.Counter();
    }

    /// <summary>Stops.</summary>
    public void Stop()
    {
        _ticks = Instructions.Counter() - _ticks;
        if (_hasInstructions)
        {
            _instructions = (uint)(Instructions.RetiredInstructions() - _instructions);
        }

        if (_hasCycles)
        {
            _cycles = Instructions.Cycles() - _cycles;
        }
    }
}
