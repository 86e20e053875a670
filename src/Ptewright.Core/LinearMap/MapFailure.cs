using Ptewright.Addressing;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.LinearMap;

/// <summary>Why and where the engine stopped.</summary>
public readonly struct MapFailure
{
    /// <summary>Makes a failure.</summary>
    public MapFailure(FailureCode code, VirtualAddress address, int level, Descriptor entry)
    {
        Code = code;
        Address = address;
        Level = level;
        Entry = entry;
    }

    /// <summary>The reason.</summary>
    public FailureCode Code { get; }

    /// <summary>The virtual address that was being mapped.</summary>
    public VirtualAddress Address { get; }

    /// <summary>The level of the entry, -1 to 3.</summary>
    public int Level { get; }

    /// <summary>The entry as it was found.</summary>
    public Descriptor Entry { get; }
}
