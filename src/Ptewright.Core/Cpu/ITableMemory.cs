using Ptewright.Translation;

namespace Ptewright.Cpu;

/// <summary>How table entries are read and written through a window. None of it orders anything: barriers are <see cref="IMaintenance"/>.</summary>
internal interface ITableMemory
{
    /// <summary>Reads the entry <paramref name="index"/> of the table behind <paramref name="table"/>.</summary>
    Descriptor Load(in TableWindow table, int index);

    /// <summary>Writes the entry <paramref name="index"/> of the table behind <paramref name="table"/>.</summary>
    void Store(in TableWindow table, int index, Descriptor value);

    /// <summary>Writes <paramref name="count"/> entries from <paramref name="index"/> on, each <paramref name="step"/> above the one before.</summary>
    void StoreRun(in TableWindow table, int index, int count, Descriptor first, ulong step);

    /// <summary>Zeroes the first <paramref name="bytes"/> bytes of the table behind <paramref name="table"/> (a multiple of 64).</summary>
    void Clear(in TableWindow table, int bytes);
}
