namespace Ptewright.DeviceTree;

/// <summary>Why and where a device tree blob cannot be read.</summary>
internal readonly struct DeviceTreeFailure
{
    /// <summary>Makes a failure.</summary>
    /// <param name="code">The reason.</param>
    /// <param name="offset">The byte of the blob where it shows.</param>
    /// <param name="value">What was found there; its meaning depends on <paramref name="code"/>.</param>
    public DeviceTreeFailure(DeviceTreeError code, uint offset, ulong value)
    {
        Code = code;
        Offset = offset;
        Value = value;
    }

    /// <summary>The reason.</summary>
    public DeviceTreeError Code { get; }

    /// <summary>The byte of the blob where it shows: a header field, a token, a cell, or the end of the data.</summary>
    public uint Offset { get; }

    /// <summary>What was found there, as <see cref="DeviceTreeError"/> says.</summary>
    public ulong Value { get; }
}
