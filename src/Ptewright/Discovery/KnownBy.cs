namespace Ptewright.Discovery;

/// <summary>How something is known.</summary>
public enum KnownBy
{
    /// <summary>The source's registers say so.</summary>
    Registers,

    /// <summary>The VMCOREINFO note of the file says so.</summary>
    Note,

    /// <summary>VMCOREINFO in memory says so.</summary>
    Text,

    /// <summary>The kernel's own symbols in memory say where it is.</summary>
    Symbols,

    /// <summary>The kernel image in memory says so: its header, its banner, its notes.</summary>
    Image,

    /// <summary>The tables show it.</summary>
    Tables,

    /// <summary>The kernel's own variables say so.</summary>
    Data,

    /// <summary>The device tree that the kernel was given says so.</summary>
    DeviceTree,

    /// <summary>EFI's memory map says so.</summary>
    EfiMap,

    /// <summary>The kernel's log says so.</summary>
    Log,

    /// <summary>Nothing but the memory that the source has shows it.</summary>
    Ranges,

    /// <summary>It is usual for such a kernel; nothing in the source shows it.</summary>
    Usual,
}

/// <summary>A value, and how it is known.</summary>
/// <typeparam name="T">What it is.</typeparam>
/// <param name="Value">The value.</param>
/// <param name="By">How it is known.</param>
/// <param name="Evidence">The same in words.</param>
public sealed record Known<T>(T Value, KnownBy By, string Evidence);
