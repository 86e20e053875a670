using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Firmware;

/// <summary>What a description of a machine's memory says, whatever wrote it.</summary>
public abstract class FirmwareInfo
{
    private protected FirmwareInfo(string name, GranuleSize granule, MemoryLayout layout)
    {
        Name = name;
        Granule = granule;
        Layout = layout;
    }

    /// <summary>The name of the file, as it was given.</summary>
    public string Name { get; }

    /// <summary>The page size that borders were rounded to.</summary>
    public GranuleSize Granule { get; }

    /// <summary>The memory that Linux makes of it: memory, no-map memory, and what is reserved.</summary>
    public MemoryLayout Layout { get; }

    /// <summary>What was passed over, rounded, refused or is not known: one sentence each.</summary>
    public required IReadOnlyList<string> Remarks { get; init; }
}
